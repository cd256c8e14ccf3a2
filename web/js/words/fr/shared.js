/**
 * Words that every page uses.
 * @module
 */
import { plural } from "./count.js";

/** @type {Record<string, string>} What a stable code means; the service's own sentences are English. */
const CODES = {
  invalid_request: "Une valeur n’est pas acceptée. Vérifiez-la et réessayez.",
  invalid_page_token: "Cette page de la liste n’existe plus. Revenez à la première.",
  unauthenticated: "Votre session est terminée. Connectez-vous de nouveau au CRM.",
  forbidden: "Vous n’avez pas accès à cet élément.",
  not_found: "Cet élément n’existe plus.",
  withdrawn:
    "Le consentement a été retiré pour une adresse de ce contact. Indiquez où et quel jour, depuis, il a été donné de nouveau.",
  conflict: "La situation a changé entre-temps. Vérifiez et réessayez.",
  erasing: "Tout ce qui vous concerne est en train d’être effacé ici. D’ici la fin, rien ne peut être modifié.",
  expired: "Cette tentative a expiré. Veuillez recommencer.",
  too_large: "C’est trop volumineux. Raccourcissez les notes ou les listes.",
  rate_limited: "Trop de demandes à la fois. Réessayez dans un instant.",
  internal: "Un problème est survenu de notre côté. Rien n’est perdu; veuillez réessayer.",
  unavailable: "Le service ne peut pas répondre pour le moment. Veuillez réessayer.",
};

export const errors = {
  offline: "Le service est injoignable. Vérifiez votre connexion.",
  signedOut: "Vous êtes déconnecté. Connectez-vous de nouveau au CRM.",
  unexpected: "Un problème est survenu de notre côté. Réessayez dans un instant.",
  /** What the service said of a refusal. @param {string} code @param {string} message in English, e.g. of what was sent */
  said: (code, message) => CODES[code] ?? message,
};

/** Sentences on what the service reports by a code; where one is missing, the service's own sentence is shown. */
export const reports = {
  /** What the button's panel says of the sync. @type {Record<string, (counts: {holds: number, refused: number, conflicts: number, doubles: number}) => string>} */
  problems: {
    reconnect_needed: () =>
      "Google n’accepte plus l’autorisation que vous aviez donnée. Reconnectez-vous pour continuer.",
    contacts_not_allowed: () =>
      "Google Contacts n’est pas synchronisé : vous ne l’avez pas autorisé. Vous pouvez le faire en tout temps.",
    calendar_not_allowed: () =>
      "Google Agenda n’est pas synchronisé : vous ne l’avez pas autorisé. Vous pouvez le faire en tout temps.",
    deletions_held: ({ holds }) =>
      `${plural(holds, "Une suppression attend", "# lots de suppressions attendent")} votre décision.`,
    records_refused: ({ refused }) =>
      `${plural(refused, "Une fiche n’a pas pu être envoyée", "# fiches n’ont pas pu être envoyées")} à Google.`,
    doubles: ({ doubles }) =>
      `${plural(doubles, "Un contact est peut-être en double", "# contacts sont peut-être en double")} dans votre CRM.`,
    conflicts: ({ conflicts }) =>
      `${plural(conflicts, "Une valeur différait", "# valeurs différaient")} d’un côté à l’autre; vous pouvez choisir l’autre.`,
    rate_limited: () => "Google nous demande d’attendre. La synchronisation reprendra d’elle-même.",
    unavailable: () => "Google ne répond pas pour le moment. Nous continuons d’essayer.",
    contacts_paused: () => "Les contacts sont en pause.",
    calendar_paused: () => "Les rendez-vous sont en pause.",
    notes_shared: () =>
      "Les notes de vos contacts vont aussi vers Google, comme jusqu’ici. Vous pouvez choisir qu’elles restent dans le CRM.",
    push_failed: () => "Les changements d’agenda peuvent mettre quelques minutes à apparaître. Nous réessayons.",
    calendar_gone: () => "L’agenda Google choisi est introuvable. Choisissez-en un autre.",
    unexpected: () => "Un problème est survenu de notre côté. Nous continuons d’essayer.",
    calendar_read_only: () =>
      "L’agenda Google synchronisé ne peut plus être modifié par ce compte. Demandez ce droit à son propriétaire ou choisissez-en un autre. Vos rendez-vous attendent jusque-là.",
    not_a_calendar_user: () =>
      "Votre compte Google n’a pas encore d’agenda. Ouvrez Google Agenda une fois; la synchronisation reprendra.",
    api_disabled: () => "Google est désactivé pour ce service. Les responsables de votre CRM doivent s’en occuper.",
    domain_policy: () =>
      "L’administration de votre compte Google n’autorise pas ce service. Demandez-lui de l’autoriser.",
  },
  /**
   * A problem that has no sentence of its own.
   * @param {string} _message the service's, in English
   * @param {boolean} passing whether it ends by itself
   */
  otherProblem: (_message, passing) =>
    passing
      ? "Quelque chose fait attendre la synchronisation."
      : "Google refuse la synchronisation. Les responsables de votre CRM doivent s’en occuper.",
  /** A refusal of a record that has no sentence of its own. @param {string} _message the service's, in English */
  otherRefusal: (_message) => "Google ne l’accepte pas tel quel. Vérifiez ce qu’il a d’inhabituel.",
  /** Why Google does not take a record. @type {Record<string, string>} */
  refusals: {
    contacts_full: "Votre compte Google est plein : il n’accepte pas plus de 25 000 contacts. Supprimez-en là-bas.",
    too_large: "La fiche est trop volumineuse pour Google. Raccourcissez ses notes ou ses listes.",
    twice:
      "Ce contact est peut-être déjà dans votre CRM. Dites sur la page de révision si les deux sont une seule personne; il attend jusque-là.",
    who_is_who:
      "Cette personne est peut-être déjà dans Google. Dites qui c’est sur la page d’importation; la fiche attend jusque-là.",
    attendees_omitted: "Google ne montre pas tous ses invités; ils ne peuvent donc pas être modifiés d’ici.",
    event_ids_taken: "Google garde des copies supprimées de ce rendez-vous. Créez-le de nouveau.",
    unusable_recurrence: "Personne ne peut dire quand il se répète. Choisissez une autre répétition.",
    not_an_occurrence: "Sa série n’a pas lieu à ce moment chez Google. Modifiez plutôt la série.",
    loop: "Un autre programme le modifie sans cesse. Arrêtez ce programme, puis modifiez la fiche une fois.",
    too_many_guests:
      "Google n’accepte pas autant de personnes invitées pour le moment. Retirez-en ou invitez-les là-bas.",
    quota_exceeded: "Google n’accepte pas celui-ci pour le moment. Nous réessayons de plus en plus rarement.",
    etag_refused:
      "Google répète qu’un changement y a eu lieu entre-temps. Nous réessayons sans que vous ayez à intervenir.",
    internal: "Une erreur de notre côté l’empêche d’être synchronisé. Nous réessayons; le modifier peut aider.",
    invalid_argument: "Google juge une valeur invalide. Vérifiez les dates, les adresses et les étiquettes.",
    failed_precondition: "Google juge une valeur invalide. Vérifiez les dates, les adresses et les étiquettes.",
    invalid: "Google juge une valeur invalide. Vérifiez les dates, la répétition et les invités.",
    forbidden: "Google ne permet pas à ce compte de le modifier : il y appartient à quelqu’un d’autre.",
    forbidden_for_non_organizer: "Seul l’organisateur peut modifier ce rendez-vous chez Google.",
    permission_denied: "Google ne permet pas à ce compte de le modifier : il y appartient à quelqu’un d’autre.",
  },
};

/** Whom a window of ours acts for. */
export const acting = {
  as: "Pour",
  aloneTitle: "Ouvrez cette fenêtre à partir de votre CRM",
  alone:
    "Rien n’indique à cette fenêtre qui est connecté. Retournez à votre CRM, connectez-vous et ouvrez-la avec le bouton Google Sync.",
  signedOutTitle: "Vous êtes déconnecté",
  signedOut: (/** @type {string} */ name) =>
    `Cette fenêtre était ouverte pour ${name}. Connectez-vous à votre CRM et ouvrez-la de nouveau.`,
  nobody: "Connectez-vous à votre CRM et ouvrez cette fenêtre de nouveau.",
  otherTitle: "Quelqu’un d’autre est maintenant connecté",
  other: (/** @type {string} */ name) =>
    `Cette fenêtre était ouverte pour ${name} et n’affiche plus rien. La personne maintenant connectée ouvre la sienne à partir du CRM.`,
  awayTitle: "En attente de votre CRM",
  away: "La page qui a ouvert cette fenêtre n’indique pas qui est connecté. Retournez-y; cette fenêtre continuera d’elle-même.",
};

export const common = {
  cancel: "Annuler",
  close: "Fermer",
  closeWindow: "Fermer la fenêtre",
  retry: "Réessayer",
  save: "Enregistrer",
  saving: "Enregistrement…",
  loading: "Chargement…",
  more: "Afficher plus",
  less: "Afficher moins",
  remove: "Retirer",
  noName: "Sans nom",
  noteOf: (/** @type {string} */ line) => `Note : ${line}`,
  bornOn: (/** @type {string} */ day) => `Date de naissance : ${day}`,
  next: "Suivant",
  previous: "Précédent",
};

/** Fields that are shared together. */
export const sharing = {
  together: /** @type {Record<string, string>} */ ({ organization: "Entreprise et poste" }),
};
