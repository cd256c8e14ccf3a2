/**
 * Les mots de la page des paramètres.
 * @module
 */

export const settings = {
  title: "Paramètres de la synchronisation Google",
  lead: "Chaque changement est enregistré aussitôt et vaut dès la prochaine synchronisation.",
  saved: "Enregistré",
  failed: "Impossible de charger les paramètres",
  sync: {
    title: "Ce qui va vers Google",
    lead: "Les changements faits chez Google arrivent de toute façon.",
    push_contacts: /** @type {[string, string]} */ ([
      "Contacts",
      "Vos contacts du CRM sont ajoutés à Google Contacts et y restent à jour.",
    ]),
    push_appointments: /** @type {[string, string]} */ ([
      "Rendez-vous",
      "Vos rendez-vous du CRM sont ajoutés à votre agenda Google et y restent à jour.",
    ]),
  },
  events: {
    title: "Événements créés dans Google Agenda",
    lead: "Ce que vous ajoutez sur votre téléphone ou dans Google Agenda.",
    choices: /** @type {[string, string, string][]} */ ([
      ["off", "Les laisser hors du CRM", "Le CRM ne montre que les rendez-vous qui y sont nés."],
      [
        "busy",
        "Les montrer comme « occupé »",
        "Le CRM montre quand vous êtes occupé. Titres, lieux, notes et invités restent chez Google.",
      ],
      [
        "full",
        "Les montrer en entier",
        "Ils deviennent des rendez-vous du CRM, avec tout, et les changements vont dans les deux sens.",
      ],
    ]),
  },
  calendar: {
    title: "Quel agenda Google",
    lead: "L’agenda avec lequel vos rendez-vous sont synchronisés.",
    label: "Agenda",
    main: "Votre agenda principal.",
    other: "Un agenda que vous avez choisi auparavant.",
    another: "Choisir un autre agenda…",
    anotherWhy: "Google vous demande une fois si nous pouvons voir la liste de vos agendas.",
    notConnected: "Connectez d’abord Google Agenda; vous pourrez alors choisir un autre agenda.",
    primary: (/** @type {string} */ name) => `Agenda principal (${name})`,
    readOnly: (/** @type {string} */ name) => `${name} – vous ne pouvez pas le modifier`,
    gone: "Celui choisi auparavant, qui n’existe plus",
    move: (/** @type {string} */ name) => `Utiliser « ${name} » désormais?`,
    moves: "Vos rendez-vous du CRM y sont ajoutés.",
    copies: "Que faire de ce que la synchronisation a créé dans l’agenda utilisé jusqu’ici?",
    keepOrRemove: /** @type {[string, string, string][]} */ ([
      [
        "keep",
        "Le laisser tel quel",
        "Les événements y restent et ne suivent plus le CRM. Ce qui en venait reste dans le CRM.",
      ],
      [
        "remove",
        "L’enlever",
        "Les événements que la synchronisation y a créés sont supprimés, et ce qu’elle a apporté au CRM est archivé. Ce que vous avez modifié vous-même reste.",
      ],
    ]),
    go: "Utiliser cet agenda",
  },
  places: {
    title: "Où vous êtes",
    lead: "Les numéros de téléphone sans indicatif sont lus comme des numéros de votre pays. Le fuseau horaire dit quand un jour commence.",
    region: "Pays",
    zone: "Fuseau horaire",
  },
  owners: {
    title: "Quand les deux côtés ont changé la même chose",
    lead: "L’autre valeur n’est jamais perdue : vous la trouvez sous Révision et activité, où vous pouvez la prendre.",
    sides: /** @type {[string, string, string][]} */ ([
      ["crm", "Le CRM l’emporte", ""],
      ["google", "Google l’emporte", ""],
    ]),
    more: "Champ par champ",
  },
};
