/**
 * Les mots de la page des paramètres.
 * @module
 */
import { number, plural } from "./count.js";

export const settings = {
  title: "Paramètres de la synchronisation Google",
  lead: "Chaque changement est enregistré aussitôt et vaut dès la prochaine synchronisation.",
  saved: "Enregistré",
  failed: "Impossible de charger les paramètres",
  sync: {
    title: "Ce qui est synchronisé",
    lead: "Dans quel sens vont les contacts et les rendez-vous.",
    kinds: { contacts: "Contacts", calendar: "Rendez-vous" },
    ways: /** @type {[string, string][]} */ ([
      ["both", "Dans les deux sens"],
      ["to_google", "Seulement du CRM vers Google"],
      ["from_google", "Seulement de Google vers le CRM"],
    ]),
    pause: /** @type {Record<string, string>} */ ({
      contacts: "Mettre les contacts en pause",
      calendar: "Mettre les rendez-vous en pause",
    }),
    resume: /** @type {Record<string, string>} */ ({
      contacts: "Reprendre les contacts",
      calendar: "Reprendre les rendez-vous",
    }),
    pauseMeans:
      "Pendant une pause, rien n’est lu ni écrit. Les changements des deux côtés sont rattrapés à la reprise; avant de nombreuses suppressions, nous vous demandons. Après sept jours, la reprise dure plus longtemps : Google est relu depuis le début.",
    means: /** @type {Record<string, Record<string, string>>} */ ({
      contacts: {
        both: "Vos contacts du CRM sont dans Google Contacts, et les changements vont dans les deux sens.",
        to_google:
          "Ce que vous modifiez dans Google y reste et n’entre pas dans le CRM. Ce que vous y supprimez reste dans le CRM et n’est pas ajouté de nouveau.",
        from_google: "Rien n’est écrit dans Google. Ce que vous y modifiez entre dans le CRM.",
      },
      calendar: {
        both: "Vos rendez-vous du CRM sont dans votre agenda Google, et les changements vont dans les deux sens.",
        to_google:
          "Ce que vous modifiez dans Google y reste et n’entre pas dans le CRM. Ce que vous y supprimez reste dans le CRM et n’est pas ajouté de nouveau.",
        from_google: "Rien n’est écrit dans Google. Ce que vous y modifiez entre dans le CRM.",
      },
    }),
  },
  sharing: {
    title: "Ce qui en est partagé",
    lead: "Noms, titres et heures vont toujours avec; vous choisissez ici tout le reste.",
    always: /** @type {Record<string, string>} */ ({
      contacts: "Nom",
      calendar: "Titre, heure, répétition, disponibilité",
    }),
    ways: /** @type {[string, string][]} */ ([
      ["both", "Dans les deux sens"],
      ["to_crm", "Seulement vers le CRM"],
      ["to_google", "Seulement vers Google"],
      ["never", "Jamais"],
    ]),
    stays: "Le type de contact, le détail et le consentement ne quittent jamais le CRM.",
    switched:
      "Ce qui se trouve d’un côté ou de l’autre y reste quand vous cessez de le partager. Quand vous le partagez de nouveau, rien n’est vidé : là où les deux côtés diffèrent, vous choisissez.",
    told: "Les notes de vos contacts vont vers Google, comme jusqu’ici. Si elles ne sont que pour vous, choisissez « Seulement vers le CRM » ci-dessous; ce que Google en possède y reste.",
    keep: "Continuer à partager mes notes",
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
    show_declined: /** @type {[string, string]} */ ([
      "Afficher les invitations que vous avez refusées",
      "De toute façon, elles laissent la période libre.",
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
  download: {
    title: "Tout télécharger",
    lead: "Tout ce qui est conservé ici à votre sujet, en ce moment. On y trouve les noms et adresses d’autres personnes : gardez-le en lieu sûr.",
    forms: /** @type {[string, string, string][]} */ ([
      [
        "zip",
        "Télécharger les fichiers (ZIP)",
        "Pour d’autres programmes et pour votre lecture : vos contacts en vCards, vos rendez-vous en fichier d’agenda, des tableaux pour un tableur, et un document avec le tout.",
      ],
      ["json", "Télécharger un document (JSON)", "Pour les programmes : tout, en un seul fichier."],
    ]),
    working: "Le fichier est en préparation. Avec beaucoup de contacts, cela prend quelques minutes.",
    saved: (/** @type {string} */ name) => `Enregistré sous ${name}`,
    file: "synchronisation-google",
  },
  erase: {
    title: "Effacer tout ce qui vous concerne",
    lead: "Pour qui s’en va pour de bon. Pour arrêter seulement la synchronisation, déconnectez-vous dans le menu du bouton.",
    means: [
      "La synchronisation s’arrête et notre accès à votre compte Google est retiré.",
      "Tout ce qui est conservé à votre sujet est supprimé : vos contacts et rendez-vous de ce CRM, les consentements, les importations, l’activité et les paramètres. Vous ne pourrez pas revenir en arrière; téléchargez d’abord ce que vous voulez garder.",
      "Ce qui est dans votre compte Google y reste, sauf si vous choisissez de supprimer ce que cette synchronisation y a ajouté.",
    ],
    noEvidence: "Les preuves du consentement de vos contacts sont supprimées aussi.",
    evidence: (/** @type {number} */ days) =>
      `Les responsables de votre CRM gardent les preuves du consentement de vos contacts pendant ${span(days)}, comme la loi peut le leur demander : quand et comment il a été donné, et un code à la place de l’adresse. Ni noms ni notes.`,
    open: "Tout effacer…",
    lastWord:
      "Vos contacts, rendez-vous, consentements et tout le reste de ce qui est conservé ici à votre sujet sont supprimés pour de bon.",
    copies: "Ce que cette synchronisation a ajouté chez Google",
    madeAtGoogle: (/** @type {number} */ people, /** @type {number} */ events) =>
      `Cette synchronisation a ajouté ${plural(people, "# contact", "# contacts")} et ${plural(events, "# rendez-vous", "# rendez-vous")} à votre compte Google :`,
    keepOrDelete: /** @type {[string, string, string][]} */ ([
      ["keep", "Les garder dans Google", ""],
      ["delete", "Les supprimer de Google", ""],
    ]),
    word: "EFFACER",
    type: (/** @type {string} */ word) => `Tapez ${word} pour confirmer`,
    go: "Tout effacer",
    underWay: "Tout ce qui vous concerne est en cours d’effacement",
    underWayLead:
      "Vous pouvez fermer cette fenêtre : l’effacement continue de lui-même. D’ici la fin, rien ne peut être modifié ici.",
    done: "Tout ce qui vous concerne est effacé",
    doneLead: (/** @type {string} */ when) => `Terminé : ${when}`,
    steps: {
      leaving: "La connexion à Google prend fin",
      erasing: "Tout ce qui est conservé ici est supprimé",
      checking: "Nous regardons une dernière fois",
    },
    past: "Fait",
    now: "En cours",
    next: "À venir",
    why: {
      leaving: "Les copies chez Google sont traitées selon votre choix, et notre accès est retiré.",
      erasing: "Page par page.",
    },
    looksAgain: (/** @type {string} */ time) =>
      `Il ne reste rien. À ${time}, nous regardons de nouveau : ce qui était en cours au moment de votre demande peut encore arriver.`,
    triesAgain: (/** @type {string} */ time, /** @type {string} */ day) =>
      `La dernière tentative a échoué. Nous réessayons ${day ? `${day} à ${time}` : `à ${time}`}; après un jour, nous continuons sans cela.`,
    goesOnWithout: "L’effacement continue tout de même.",
    deleted: "Ce qui a été supprimé",
    number,
    kinds: /** @type {Record<string, string>} */ ({
      contacts: "Contacts",
      appointments: "Rendez-vous",
      links: "Liens entre le CRM et Google",
      candidates: "Lignes de la feuille d’importation",
      sheet: "Pages de l’index de la feuille d’importation",
      intents: "Contacts en route vers Google",
      conflicts: "Valeurs qui différaient",
      holds: "Suppressions qui vous attendaient",
      journal: "Entrées d’activité",
      imports: "Importations",
      consents: "Entrées de consentement",
      withdrawn: "Listes d’adresses pour lesquelles le consentement a été retiré",
      grants: "Autorisations de Google",
      offers: "Autorisations que personne n’a prises",
      channels: "Annonces de changements d’agenda",
      oauth_states: "Tentatives de connexion",
      accounts: "Autres comptes Google",
      users: "Vos paramètres et l’état de la synchronisation",
    }),
    otherKind: (/** @type {string} */ name) => `Autre (${name})`,
    foundNothing: "Nous avons regardé de nouveau; rien n’est trouvé à votre nom.",
    foundAgain: (/** @type {number} */ n) =>
      `${plural(n, "# nouvelle entrée est trouvée", "# nouvelles entrées sont trouvées")} à votre nom : vous avez utilisé le CRM depuis.`,
    keptEvidence: (/** @type {number} */ n, /** @type {string} */ day) =>
      `Conservé comme preuve de consentement jusqu’au ${day} : ${plural(n, "# entrée", "# entrées")}, sans noms ni adresses.`,
    stayed: (/** @type {number} */ n) =>
      plural(
        n,
        "# copie n’a pas pu être supprimée de Google et y reste.",
        "# copies n’ont pas pu être supprimées de Google et y restent.",
      ),
    accessLeft:
      "Google n’a pas pu être informé que notre accès a pris fin. Vous pouvez y mettre fin dans votre compte Google, sous les connexions.",
    record:
      "Une trace de cet effacement est gardée : quand, et combien de quoi. Elle ne nomme personne. Ce numéro y mène :",
  },
};

/** Autant de jours, comme on le dit. @param {number} days */
function span(days) {
  const years = Math.round(days / 365.25);
  return Math.abs(days - years * 365.25) < 2 ? plural(years, "# an", "# ans") : plural(days, "# jour", "# jours");
}
