/**
 * Words of the button, the pop-up and the page after Google.
 * @module
 */
import { number, plural } from "./count.js";

export const button = {
  group: "Synchronisation Google",
  checking: "Synchronisation Google",
  enable: "Activer la synchronisation Google",
  complete: "À jour",
  attention: "Action requise",
  found: (/** @type {number} */ n) => `Nouveaux contacts trouvés (${number(n)})`,
  unreachable: "Synchronisation Google injoignable",
  signedOut: "Synchronisation Google : session terminée",
  syncing: "Synchronisation",
  phases: /** @type {Record<string, string>} */ ({
    starting: "Démarrage",
    pulling: "Lecture de Google",
    matching: "Rapprochement des contacts",
    pushing: "Envoi à Google",
    importing: "Importation des contacts",
    undoing: "Annulation d’une importation",
  }),
  far: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} sur ${number(total)}`,
  left: (/** @type {number} */ minutes) =>
    minutes < 90
      ? `environ ${number(minutes)} min restantes`
      : `environ ${number(Math.round(minutes / 60))} h restantes`,
  menu: "Menu de la synchronisation Google",
  menuNote: "Menu de la synchronisation Google, avec une remarque",
  details: "Détails de la synchronisation Google",
  connectedAs: "Compte Google :",
  lastSynced: (/** @type {string} */ when) => `Dernière synchronisation : ${when}`,
  neverSynced: "Pas encore synchronisé",
  lastSyncedOf: (/** @type {string} */ what, /** @type {string} */ when) => `${what} : synchronisation ${when}`,
  neverSyncedOf: (/** @type {string} */ what) => `${what} : pas encore de synchronisation`,
  syncNow: "Synchroniser maintenant",
  sheet: (/** @type {number} */ n) => (n > 0 ? `Feuille d’importation (${number(n)})` : "Feuille d’importation"),
  review: "Révision et activité",
  reviewNow: "Réviser",
  settings: "Paramètres",
  settingsNow: "Ouvrir les paramètres",
  chooseNow: "Choisir",
  resume: "Reprendre",
  paused: "En pause",
  pausedSince: (/** @type {string} */ day) => `depuis le ${day}`,
  pausedOf: (/** @type {string} */ what, /** @type {string} */ day) => `${what} : en pause depuis le ${day}.`,
  pausedLong: "Après sept jours, la reprise dure plus longtemps : Google est alors relu depuis le début.",
  disconnect: "Déconnecter…",
  allowCalendar: "Autoriser Google Agenda",
  allowContacts: "Autoriser Google Contacts",
  reconnect: "Reconnecter Google",
  justNow: "à l’instant",
  blocked: "Votre navigateur a bloqué la fenêtre de la synchronisation Google.",
  blockedSheet: "Votre navigateur a bloqué la feuille d’importation.",
  blockedReview: "Votre navigateur a bloqué la page de révision.",
  blockedSettings: "Votre navigateur a bloqué la page des paramètres.",
  openHere: "L’ouvrir dans un nouvel onglet",
  windowOpen: "Continuez dans la fenêtre qui s’est ouverte.",
  showWindow: "L’afficher",
  failed: (/** @type {string} */ why) => `Cela n’a pas fonctionné. ${why}`,
  announce: {
    syncing: "La synchronisation Google est en cours.",
    waiting: "La synchronisation Google est en attente.",
    complete: "La synchronisation Google est terminée.",
    disconnected: "La synchronisation Google est désactivée.",
    paused: "La synchronisation Google est en pause.",
  },
};

/** @param {string} time @param {string} day "" for today */
function at(time, day) {
  return day ? `${day} à ${time}` : `à ${time}`;
}

/** What waits. `why` is the service's word; where a word has no sentence, the problem of that name has one. */
export const waits = {
  /** What the button says of it. @type {Record<string, string>} */
  titles: {
    rate_limited: "En attente de Google",
    unavailable: "Google ne répond pas",
    retry: "Nouvel essai",
    in_doubt: "Vérification de nouveaux contacts",
    deferred: "Envoi incomplet",
    queued: "Démarrage",
  },
  otherwise: "En attente",
  /** @type {Record<string, string>} */
  reasons: {
    rate_limited: "Google nous demande d’attendre.",
    unavailable: "Google ne répond pas pour le moment.",
    retry: "Le dernier essai n’a pas réussi.",
    in_doubt: "Google n’a pas confirmé de nouveaux contacts. Nous vérifions, pour ne rien créer en double.",
    who_is_who: "Votre réponse sur la page d’importation dira s’ils sont déjà dans Google.",
    queued: "La première synchronisation n’a pas commencé.",
  },
  /** @type {Record<string, string>} */
  names: {
    contacts: "Contacts",
    calendar: "Agenda",
    import: "Importation",
    undo: "Annulation d’une importation",
    disconnect: "Déconnexion",
    erase: "Tout effacer",
  },
  /** @type {Record<string, (n: number) => string>} */
  many: {
    contacts: (n) => plural(n, "# contact en attente", "# contacts en attente"),
    calendar: (n) => plural(n, "# rendez-vous en attente", "# rendez-vous en attente"),
  },
  soon: "dans un instant",
  /** A wait with an end. @param {string} time @param {string} day "" for today @returns {string} */
  until: (time, day) => (day ? `jusqu’à ${day} à ${time}` : `jusqu’à ${time}`),
  /** An attempt that is made again. @param {string} time @param {string} day @returns {string} */
  again: (time, day) => `prochain essai ${at(time, day)}`,
  /** @param {string} time @param {string} day @returns {string} */
  goesOn: (time, day) => `La synchronisation reprendra ${at(time, day)}.`,
  goesOnSoon: "La synchronisation reprendra dans un instant.",
  /** @param {string} time @param {string} day @returns {string} */
  tries: (time, day) => `Nous réessaierons ${at(time, day)}.`,
  /** @param {string} time @param {string} day @returns {string} */
  settled: (time, day) => `Ce sera réglé ${at(time, day)} au plus tard.`,
  settledSoon: "Ce sera réglé dans un instant.",
  triesSoon: "Nous réessaierons dans un instant.",
};

export const connect = {
  page: "Activer la synchronisation Google",
  titles: {
    enable: "Activer la synchronisation Google",
    again: "Reconnecter Google",
    more: "Autoriser le reste",
    list: "Voir vos agendas",
  },
  lead: "Votre CRM et votre compte Google restent synchronisés. Voici ce qui va se passer.",
  points: [
    [
      "upload",
      "Vers Google",
      "Vos contacts du CRM vont dans Google Contacts et vos rendez-vous dans votre agenda Google principal. Un contact qui s’y trouve déjà est lié, jamais ajouté deux fois.",
    ],
    [
      "download",
      "De retour vers vous",
      "Vos contacts Google reviennent en liste. Rien n’entre dans le CRM avant que vous le choisissiez, ligne par ligne.",
    ],
    ["mute", "Aucun courriel aux invités", "Personne ne reçoit de courriel à cause d’une synchronisation."],
  ],
  goes: {
    heads: { contacts: "De chaque contact", calendar: "De chaque rendez-vous", kept: "Reste dans le CRM" },
    always: { contacts: "nom", calendar: "titre, heure, répétition, disponibilité" },
    nothing: "rien",
    neverLeaves: "type de contact, détail, consentement",
  },
  notes: "Envoyer aussi à Google les notes de mes contacts",
  privacy:
    "Dans les paramètres, vous choisissez champ par champ ce qui est partagé et pouvez faire une pause; dans le menu du bouton, vous pouvez vous déconnecter en tout temps.",
  listLead: "Google vous demande si nous pouvons voir la liste de vos agendas. Rien d’autre ne change.",
  straightLead: "Google s’ouvre dans cette fenêtre avec votre compte. Vos liens et vos choix sont conservés.",
  enable: "Activer",
  authorizeTitle: "Maintenant, Google vous demande",
  authorizeLead: "Sur les pages de Google :",
  steps: [
    "Choisissez le compte à synchroniser.",
    "Cochez les deux autorisations : contacts et agenda.",
    "Appuyez sur Autoriser ou Continuer.",
  ],
  authorizeNote: "Nous ne voyons jamais votre mot de passe Google.",
  authorize: "Autoriser",
  trouble: "Si Google affiche une erreur",
  troubleLead: "Les pages d’erreur de Google ne ramènent pas ici. Fermez la fenêtre : rien n’a changé.",
  troubles: [
    [
      "« Accès bloqué », « non validée »",
      "Le service n’admet pas encore votre compte. Demandez aux responsables de votre CRM d’ajouter votre adresse.",
    ],
    ["Un administrateur, une organisation", "Choisissez un compte à vous ou demandez à cet administrateur."],
    ["« redirect_uri_mismatch », « invalid »", "Montrez-la aux responsables de votre CRM : ils peuvent y remédier."],
  ],
  busy: "En route vers Google…",
  /** @param {number} minutes */
  tooMany: (minutes) =>
    `Vous avez fait beaucoup de tentatives en quelques minutes. Vous pourrez réessayer dans ${plural(minutes, "une minute", "# minutes")}.`,
  waiting: "Un instant…",
  toCrm: "Aller au CRM",
};

export const callback = {
  connected: [
    "La synchronisation Google est activée",
    "La première synchronisation se fait en arrière-plan. Cette fenêtre se ferme d’elle-même.",
  ],
  handedOver: [
    "Retournez à votre CRM",
    "Google a accepté. Votre CRM termine la connexion de lui-même. Cette fenêtre se ferme.",
  ],
  mayClose: "Vous pouvez maintenant fermer cette fenêtre.",
  partialTitle: "Autorisé en partie",
  onlyContacts:
    "Les contacts sont autorisés, l’agenda ne l’est pas : vos rendez-vous restent hors de Google pour l’instant.",
  onlyCalendar:
    "L’agenda est autorisé, les contacts ne le sont pas : vos contacts restent hors de Google pour l’instant et aucun ne peut être importé.",
  partialHow:
    "Ce que vous avez autorisé fonctionne déjà. Vous pouvez autoriser le reste maintenant, ou plus tard dans le menu de la synchronisation Google.",
  allowCalendar: "Autoriser aussi l’agenda",
  allowContacts: "Autoriser aussi les contacts",
  later: "Plus tard",
  denied: [
    "Rien n’a été connecté",
    "Vous n’avez pas autorisé l’accès; rien n’a donc changé. Vous pouvez réessayer quand vous voulez.",
  ],
  policy: [
    "Votre organisation ne le permet pas",
    "La personne qui gère ce compte Google n’admet pas ce genre de programme. Demandez-lui de l’autoriser ou choisissez un compte à vous.",
  ],
  internal: [
    "Ce compte est d’une autre organisation",
    "La synchronisation Google est réservée aux comptes d’une organisation. Choisissez votre compte de cette organisation ou demandez aux responsables de votre CRM de l’ouvrir au vôtre.",
  ],
  setup: [
    "La synchronisation Google n’est pas encore configurée",
    "Google n’accepte pas ce service tel qu’il est inscrit. Rien n’a changé. Les responsables de votre CRM doivent s’en occuper; réessayez ensuite.",
  ],
  expired: [
    "Cette tentative a expiré",
    "Une tentative tient dix minutes et ne sert qu’une fois. Rien n’a changé; veuillez recommencer.",
  ],
  failed: [
    "Google n’a pas pu être connecté",
    "Un problème est survenu entre Google et nous. Rien n’a changé; veuillez réessayer.",
  ],
  otherTitle: "C’est un autre compte Google",
  other: (/** @type {string} */ email) =>
    `Vous avez choisi ${email}. Jusqu’ici, le CRM suivait un autre compte. Repartir à neuf oublie quels contacts étaient liés à l’ancien et lesquels étaient refusés; rien n’est supprimé, ni dans l’un ou l’autre compte, ni dans le CRM.`,
  otherUnknown: "un autre compte",
  startAfresh: "Repartir à neuf avec ce compte",
  keepOld: "Annuler",
  starting: "Démarrage…",
  cancelled: ["Rien n’a changé", "Le compte qui était connecté le reste."],
};
