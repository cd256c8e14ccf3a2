/**
 * Words of the review page: what waits for the person, and what the sync did.
 * @module
 */
import { appointment } from "./appointment.js";
import { contacts, number, plural } from "./count.js";
import { contact } from "./crm.js";

/** @param {string} resource @param {number} n */
const records = (resource, n) => (resource === "calendar" ? plural(n, "# rendez-vous", "# rendez-vous") : contacts(n));

/** @param {string} resource */
const place = (resource) => (resource === "calendar" ? "Google Agenda" : "Google Contacts");

/** @typedef {{resource: string, count: number, name: string}} About What a hold is about. */
/**
 * What one answer to a hold says: the button, and the confirmation.
 * @typedef {object} Answer
 * @property {string} button
 * @property {(about: About) => string} title
 * @property {(about: About) => string[]} lines
 * @property {(about: About) => string} go
 */

const stays = "Ce qui a changé depuis, d’un côté ou de l’autre, est laissé de côté et synchronisé comme d’habitude.";

export const review = {
  title: "Révision et activité",
  lead: "Ce que la synchronisation vous laisse décider, et ce qu’elle a fait.",
  sections: {
    holds: "En suspens",
    conflicts: "Valeurs différentes",
    doubles: "Peut-être en double",
    refused: "Non synchronisés",
    activity: "Activité",
  },
  sectionsLabel: "Sur cette page",
  leads: {
    holds: "Ces changements ressemblent à un accident. Rien ne se passe avant votre décision.",
    conflicts: "Les deux côtés ont changé le même champ. Une valeur est utilisée; vous pouvez prendre l’autre.",
    doubles:
      "Ces contacts sont peut-être une seule personne. Celui qui est nouveau attend ici votre réponse et n’est pas envoyé à Google.",
    refused:
      "Ces fiches n’ont pas pu être synchronisées. Chacune est réessayée dès qu’elle change, et de temps en temps telle quelle.",
    activity: "Gardée 30 jours.",
  },
  nothing: [
    "Rien ne vous attend",
    "Quand la synchronisation hésite, elle demande ici avant de changer quoi que ce soit.",
  ],
  failed: "Le chargement a échoué",
  more: "Afficher plus",
  older: "Afficher les plus anciennes",
  namesMore: (/** @type {number} */ n) => `Afficher les ${number(n)}`,
  namesFewer: "Afficher moins",
  gone: "Cela a été réglé entre-temps. La page est de nouveau à jour.",
  back: "Retour",
};

export const holds = {
  titles: {
    crm: (/** @type {About} */ it) =>
      `${records(it.resource, it.count)} ${plural(it.count, "a été supprimé", "ont été supprimés")} chez Google`,
    google: (/** @type {About} */ it) =>
      `${records(it.resource, it.count)} ${plural(it.count, "a été archivé", "ont été archivés")} dans le CRM`,
    cleared: (/** @type {About} */ it) => `La fiche ${it.name} a été vidée chez Google`,
  },
  reasons: /** @type {Record<string, string>} */ ({
    too_many: "C’est plus que d’habitude en une fois.",
    empty_listing: "Google n’affiche soudain plus rien, ce qui est plus probablement une panne qu’un souhait.",
    canon_changed:
      "La façon de comparer les fiches a changé depuis la dernière fois; nous demandons pour en être sûrs.",
    identity_cleared: "Nom, organisation, courriels et téléphones ont tous été effacés en même temps.",
  }),
  decided: {
    apply: "Décidé. La synchronisation s’en charge.",
    discard: "Décidé. La synchronisation remet tout en place.",
  },
  answers: /** @type {Record<string, {apply: Answer, discard: Answer}>} */ ({
    crm: {
      apply: {
        button: "Archiver dans le CRM",
        title: (it) => `Archiver ${records(it.resource, it.count)}?`,
        lines: () => ["Ils sont archivés dans le CRM, où vous pouvez restaurer chacun d’eux.", stays],
        go: (it) => `Archiver ${records(it.resource, it.count)}`,
      },
      discard: {
        button: "Les garder",
        title: (it) => `Garder ${records(it.resource, it.count)}?`,
        lines: (it) => [`Ils restent dans le CRM et sont ajoutés de nouveau à ${place(it.resource)}.`, stays],
        go: () => "Garder et ajouter à Google",
      },
    },
    google: {
      apply: {
        button: "Supprimer chez Google",
        title: (it) => `Supprimer ${records(it.resource, it.count)} chez Google?`,
        lines: (it) => [
          `Ils sont supprimés de ${place(it.resource)}, qui les garde 30 jours dans sa corbeille.`,
          stays,
        ],
        go: (it) => `Supprimer ${records(it.resource, it.count)}`,
      },
      discard: {
        button: "Les laisser chez Google",
        title: (it) => `Laisser ${records(it.resource, it.count)} chez Google?`,
        lines: (it) => [
          `Ils restent dans ${place(it.resource)} et archivés dans le CRM. Désormais, les deux ne se suivent plus.`,
        ],
        go: () => "Les y laisser",
      },
    },
    cleared: {
      apply: {
        button: "Vider ici aussi",
        title: (it) => `Vider aussi la fiche ${it.name} dans le CRM?`,
        lines: () => [
          "Nom, organisation, courriels et téléphones sont effacés dans le CRM.",
          "L’activité montre leurs valeurs pendant 30 jours.",
        ],
        go: () => "Vider dans le CRM",
      },
      discard: {
        button: "Remettre les valeurs",
        title: (it) => `Remettre les valeurs de ${it.name}?`,
        lines: () => ["Google reçoit de nouveau les valeurs du CRM. Les autres changements faits chez Google restent."],
        go: () => "Remettre chez Google",
      },
    },
  }),
  said: "Décidé. La synchronisation s’en charge maintenant.",
};

export const conflicts = {
  now: "Utilisée maintenant",
  had: { crm: "Le CRM avait", google: "Google avait" },
  keep: "Garder celle-ci",
  keepOf: (/** @type {string} */ field, /** @type {string} */ name) =>
    `Garder la valeur utilisée : ${field} de ${name}`,
  take: "Prendre celle-ci",
  takeOf: (/** @type {string} */ field, /** @type {string} */ name) => `Prendre l’autre valeur : ${field} de ${name}`,
  both: "Garder les deux",
  bothOf: (/** @type {string} */ field, /** @type {string} */ name) => `Garder les deux valeurs : ${field} de ${name}`,
  archived: "La fiche est archivée; sa valeur reste telle quelle.",
  gone: "La fiche n’existe plus.",
  dismiss: "Ignorer",
  kept: "La valeur utilisée reste.",
  taken: "L’autre valeur est maintenant dans le CRM et en route vers Google.",
  bothTaken: "Les deux valeurs sont maintenant dans le CRM et en route vers Google.",
  changed: "La fiche a changé entre-temps. Sa valeur la plus récente est affichée; veuillez choisir de nouveau.",
};

export const doubles = {
  numbered: (/** @type {number} */ n, /** @type {string} */ name) => `${number(n)}. ${name}`,
  pair: (/** @type {string} */ one, /** @type {string} */ other) => `${one} / ${other}`,
  added: (/** @type {string} */ when) => `Ajout : ${when}`,
  waits: "Attend votre réponse",
  compare: "Comparer et fusionner",
  compareOf: (/** @type {string} */ names) => `Comparer et fusionner ${names}`,
  apart: "Deux personnes",
  apartOf: (/** @type {string} */ names) => `${names} sont deux personnes`,
  apartSaid: "C’est noté. La question ne sera plus posée pour ces deux contacts.",
  weak: (/** @type {number} */ n) => `Peut-être aussi (${number(n)})`,
  likely: "Ne montrer que le plus probable",
  none: ["Personne en double", "Deux contacts de votre CRM ne se ressemblent pas assez pour être une seule personne."],
  google: (/** @type {number} */ n) => `${contacts(n)} en double dans Google Contacts`,
  googleLead:
    "Google fusionne ses propres contacts. Ce qui y est fusionné reste une seule paire ici; rien n’est supprimé de votre CRM.",
  googleGo: "Fusionner dans Google Contacts",
  copyOf: (/** @type {string} */ name) => `une seconde fiche de ${name}`,
  title: "Fusionner deux contacts",
  stays: "Quel contact reste?",
  staysHint: "L’autre est archivé. Ses rendez-vous suivent, son historique aussi.",
  both: "Les deux",
  consent: "Consentement",
  stricter: "Le plus strict des deux compte. Ce qui a été consigné pour chacun reste dans l’historique.",
  note: "Rien n’est supprimé dans Google. Vous pouvez annuler pendant 30 jours.",
  go: "Fusionner",
  changed: "L’un des deux a changé entre-temps. Fermez et regardez de nouveau.",
  done: "Fusion faite. La synchronisation la transmet à Google.",
  mergedTitle: "Fusions récentes",
  merged: (/** @type {string} */ other, /** @type {string} */ name) => `${other} dans ${name}`,
  undo: "Défaire",
  undoOf: (/** @type {string} */ names) => `Défaire la fusion de ${names}`,
  undone: "Fusion défaite. Les deux contacts sont de retour.",
  undoneBut: "Fusion défaite. Ce qui a été modifié depuis reste tel quel.",
};

export const refused = {
  edit: "Modifier",
  editOf: (/** @type {string} */ name) => `Modifier ${name}`,
  saved: "Enregistré. La synchronisation réessaie.",
  take: "Prendre celle de Google",
  takeOf: (/** @type {string} */ name) => `Prendre la version Google de ${name}`,
  taken: "C’est fait. La version de Google arrive.",
  again: "Réessayer",
  againOf: (/** @type {string} */ name) => `Réessayer ${name}`,
  tried: "Nous réessayons maintenant.",
  atGoogle: { contacts: "Un contact dans Google Contacts", calendar: "Un rendez-vous dans Google Agenda" },
};

export const activity = {
  empty: [
    "Rien ne s’est encore passé",
    "Ce que la synchronisation change d’un côté ou de l’autre est listé ici, le plus récent d’abord.",
  ],
  emptyOf: ["Rien ces 30 derniers jours", "La synchronisation n’a pas changé cette fiche."],
  only: (/** @type {string} */ name) => `Seulement ${name}`,
  onlyOf: (/** @type {string} */ name) => `Afficher seulement ce qui concerne ${name}`,
  all: "Tout afficher",
  someone: { contacts: "Un contact", calendar: "Un rendez-vous" },
  kinds: /** @type {Record<string, string>} */ ({
    contacts: "Contacts",
    calendar: "Rendez-vous",
    import: "Importation",
    connection: "Connexion",
  }),
  reasons: /** @type {Record<string, string>} */ ({
    login: "à la connexion",
    manual: "Synchroniser maintenant",
    change: "après un changement dans le CRM",
    connect: "première synchronisation",
    push: "après un changement chez Google",
    schedule: "selon l’horaire",
    conflict: "votre choix",
    done: "feuille d’importation",
    revisit: "feuille d’importation",
    merge: "fusion de contacts",
    unmerge: "fusion défaite",
    undo: "importation annulée",
  }),
  actions: /** @type {Record<string, string>} */ ({
    create_remote: "Ajout à Google",
    recreate_remote: "Nouvel ajout à Google",
    update_remote: "Modification chez Google",
    delete_remote: "Suppression chez Google",
    archive_local: "Archivage dans le CRM",
    restore_local: "Restauration dans le CRM",
    adopt: "Lien avec son contact Google",
    link: "Lien avec son contact Google",
    import: "Importation dans le CRM",
    detach: "Fin de la synchronisation",
    pick: "Choix de l’autre valeur",
    leave: "Valeur utilisée gardée",
    archive: "Archivage dans le CRM",
    part: "Lien retiré avec son contact Google",
    merge: "A reçu un autre contact par fusion",
    merge_away: "Fusion dans un autre contact",
    repoint: "Suit le contact fusionné",
    unmerge: "Fusion défaite",
    crm: "Modification dans le CRM",
    google: "Modification chez Google",
  }),
  more: (/** @type {number} */ n) => `Afficher ${number(n)} de plus`,
  /** A field's change. @param {string} field @param {string} before @param {string} after */
  change: (field, before, after) => `${field} : ${before} → ${after}`,
  /** A field's new value. @param {string} field @param {string} after */
  value: (field, after) => `${field} : ${after}`,
  moreFields: (/** @type {number} */ n) => plural(n, "et # autre champ", "et # autres champs"),
};

export const values = {
  nothing: "rien",
  fields: /** @type {Record<string, string>} */ ({
    ...contact.fields,
    urls: "Adresse Web",
    addresses: "Adresse",
    title: appointment.fields.title,
    description: appointment.fields.description,
    location: appointment.fields.location,
    attendees: appointment.fields.attendees,
    when: "Moment",
    recurrence: "Répétition",
    reminders: "Rappels",
    visibility: "Visibilité",
    busy: "Disponibilité",
    status: appointment.fields.status,
    organizer: appointment.fields.organizer,
    response: appointment.fields.response,
  }),
  words: /** @type {Record<string, string>} */ ({
    default: "Par défaut",
    private: "Privé",
    confirmed: appointment.statuses.confirmed,
    tentative: appointment.statuses.tentative,
    cancelled: appointment.statuses.cancelled,
    true: "Occupé",
    false: "Libre",
  }),
  until: (/** @type {string} */ from, /** @type {string} */ to) => `${from} – ${to}`,
  minutes: (/** @type {number} */ n) => plural(n, "# minute avant", "# minutes avant"),
};
