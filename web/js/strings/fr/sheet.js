/**
 * Words of the import sheet, and of contact types and consent.
 * @module
 */
import { contacts, number, plural } from "./count.js";

export const sheet = {
  title: "Importer de Google",
  lead: "Cochez les personnes qui ont leur place dans votre CRM. Chaque choix est enregistré aussitôt.",
  tabs: { open: "À décider", declined: "Refusés", imported: "Importés" },
  tabsLabel: "Listes",
  leads: {
    open: "Cochez les personnes qui ont leur place dans votre CRM. Chaque choix est enregistré aussitôt.",
    declined:
      "Ces contacts ne sont plus proposés, même s’ils changent chez Google. Ramenez-en un pour décider de nouveau.",
    imported: "Ces contacts Google sont dans votre CRM et restent synchronisés.",
  },
  search: "Rechercher",
  searchHint: "Nom, courriel, téléphone",
  filter: "Afficher",
  filters: { all: "Tous les contacts", has_email: "Avec un courriel", possible_duplicate: "Doublons possibles" },
  columns: {
    pick: "Importer",
    who: "Contact",
    reach: "Courriel et téléphone",
    type: "Type",
    consent: "Consentement",
    action: "Action",
  },
  pick: (/** @type {string} */ name) => `Importer ${name}`,
  pickPage: "Cocher toute la page",
  typeOf: (/** @type {string} */ what, /** @type {string} */ name) => `${what} : ${name}`,
  selected: (/** @type {number} */ n) => plural(n, "# coché", "# cochés"),
  range: (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ total) =>
    `${number(from)} à ${number(to)} sur ${number(total)}`,
  pageSize: "Lignes par page",
  pager: "Pages",
  saved: "Tous les choix sont enregistrés",
  saving: "Enregistrement…",
  notSaved: "Pas enregistré – nouvel essai en cours",
  refused: (/** @type {string} */ why) => `Un choix n’a pas pu être enregistré : ${why}`,
  finishUnsaved:
    "Certains choix ne sont pas encore enregistrés. Réessayez quand la page dit que tous le sont.",
  duplicate: (/** @type {string} */ reason) => `Doublon possible : ${reason} que`,
  reasons: /** @type {Record<string, string>} */ ({
    email: "même courriel",
    phone_and_name: "mêmes téléphone et nom",
    other: "à peu près pareil",
  }),
  inCrm: "dans votre CRM.",
  same: "Même personne",
  different: "Autre personne",
  sameHint: "Sera lié à ce contact, pas ajouté de nouveau.",
  samePerson: (/** @type {string} */ name) => `${name} : est-ce la même personne?`,
  moreValues: (/** @type {number} */ n) => `${number(n)} de plus`,
  problem: (/** @type {string} */ why) => `L’importation n’a pas réussi la dernière fois : ${why}`,
  elsewhere: "Des lignes ont été décidées dans une autre fenêtre. La liste est de nouveau à jour.",
  restore: "Ramener",
  restoreName: (/** @type {string} */ name) => `Ramener ${name}`,
  restored: (/** @type {string} */ name) => `${name} est de retour sous À décider.`,
  endings: {
    no_import: "Continuer sans importer",
    done: "Importer la sélection - Terminé",
    revisit: "Importer - Revoir plus tard",
  },
  endingsLabel: "Terminer",
  endingHints: {
    no_import: "N’importe rien. Chaque ligne reste pour la prochaine fois.",
    done: "Importe les cochés. Les autres ne sont plus proposés.",
    revisit: "Importe les cochés. Les autres reviennent la prochaine fois.",
  },
  confirm: {
    no_import: {
      title: "Ne rien importer pour l’instant?",
      lines: (/** @type {number} */ _n, /** @type {number} */ rest) => [
        `Rien n’est importé. ${plural(rest, "Le contact reste", "Les # contacts restent")} à décider, avec vos choix, pour la prochaine fois.`,
      ],
      go: () => "Continuer sans importer",
    },
    done: {
      title: "Importer et terminer?",
      lines: (/** @type {number} */ n, /** @type {number} */ rest) => [
        n === 0
          ? "Rien n’est coché; rien n’est donc importé."
          : `${plural(n, "# contact est importé", "# contacts sont importés")} dans votre CRM.`,
        rest === 0
          ? "Aucun contact n’est refusé."
          : `${plural(rest, "# contact est refusé et n’est plus proposé, même s’il change", "# contacts sont refusés et ne sont plus proposés, même s’ils changent")} chez Google. Vous les trouvez sous Refusés et pouvez ramener chacun d’eux.`,
      ],
      go: (/** @type {number} */ n, /** @type {number} */ rest) =>
        n === 0
          ? `Refuser ${number(rest)}`
          : rest === 0
            ? `Importer ${number(n)}`
            : `Importer ${number(n)}, refuser ${number(rest)}`,
    },
    revisit: {
      title: "Importer et revoir plus tard?",
      lines: (/** @type {number} */ n, /** @type {number} */ rest) => [
        n === 0
          ? "Rien n’est coché; rien n’est donc importé."
          : `${plural(n, "# contact est importé", "# contacts sont importés")} dans votre CRM.`,
        rest === 0
          ? "Il ne reste aucun contact."
          : `${plural(rest, "# contact reste à décider et revient", "# contacts restent à décider et reviennent")} la prochaine fois.`,
      ],
      go: (/** @type {number} */ n) => (n === 0 ? "Revoir plus tard" : `Importer ${number(n)}`),
    },
  },
  back: "Retour",
  working: "Importation",
  workingNote: "Vous pouvez fermer cette fenêtre : l’importation continue.",
  workingCount: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} sur ${number(total)}`,
  finished: {
    title: "C’est fait",
    nothing: "Rien n’a été importé",
    imported: (/** @type {number} */ n) => `${plural(n, "# contact importé", "# contacts importés")} dans votre CRM.`,
    linked: (/** @type {number} */ n) =>
      `${plural(n, "# d’entre eux a été lié à un contact", "# d’entre eux ont été liés à des contacts")} que vous aviez déjà.`,
    declined: (/** @type {number} */ n) =>
      `${plural(n, "# contact refusé. Vous le trouvez", "# contacts refusés. Vous les trouvez")} sous Refusés.`,
    kept: (/** @type {number} */ n) => `${plural(n, "# contact gardé", "# contacts gardés")} pour la prochaine fois.`,
    failed: (/** @type {number} */ n) =>
      plural(n, "# contact n’a pas pu être importé", "# contacts n’ont pas pu être importés"),
    failures: /** @type {Record<string, string>} */ ({
      not_in_google: "Ce contact n’est plus dans Google Contacts.",
      disconnected: "Google a été déconnecté. Le contact est proposé de nouveau la prochaine fois.",
    }),
    list: "Retour à la liste",
    someone: "Un contact",
  },
  running: "Une importation est déjà en cours. Voici où elle en est.",
  empty: {
    open: ["Rien à décider", "Les contacts de Google que votre CRM ne connaît pas apparaissent ici."],
    declined: [
      "Personne de refusé",
      "Les contacts laissés sans coche avec Importer la sélection - Terminé sont gardés ici.",
    ],
    imported: ["Rien d’importé pour l’instant", "Les contacts que vous importez de Google sont listés ici."],
    search: [
      "Aucun résultat",
      "Aucun contact de cette liste ne correspond. Essayez moins de lettres, ou affichez tous les contacts.",
    ],
    syncing: ["Lecture de vos contacts Google", "Ils apparaissent ici dès que les premiers sont arrivés."],
  },
  clear: "Afficher tous les contacts",
  failedTitle: "La liste n’a pas pu être chargée",
  expired:
    "Votre session est terminée. Connectez-vous de nouveau au CRM, puis réessayez ici : vos choix sont gardés.",
  noSession: "Ouvrez la feuille d’importation à partir de votre CRM",
  noSessionWhy:
    "Nous n’avons pas pu savoir qui vous êtes. Retournez à votre CRM, connectez-vous et ouvrez la feuille à partir du bouton de synchronisation Google.",
  loaded: (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ total) =>
    `Contacts ${number(from)} à ${number(to)} sur ${number(total)} affichés.`,
};

export const choice = {
  type: "Type de contact",
  types: { lead: "Prospect", contact: "Client", business: "Contact d’affaires" },
  details: {
    temperature: ["Température", { new: "Nouveau", hot: "Chaud", warm: "Tiède", cold: "Froid" }],
    horizon: [
      "Horizon",
      {
        unknown: "Inconnu",
        lt1m: "< 1 mois",
        lt3m: "< 3 mois",
        lt6m: "< 6 mois",
        lt1y: "< 1 an",
        lt2y: "< 2 ans",
        lt3y: "< 3 ans",
        lt5y: "< 5 ans",
        lt7y: "< 7 ans",
      },
    ],
    transaction: [
      "Transaction",
      { buyer: "Acheteur", seller: "Vendeur", both: "Acheteur et vendeur", unknown: "Inconnue" },
    ],
    grade: ["Cote", { "": "Sans cote", A: "A", B: "B", C: "C", D: "D" }],
    category: [
      "Catégorie",
      {
        agent: "Courtier",
        lawyer: "Avocat ou notaire",
        mover: "Déménageur",
        stager: "Styliste d’intérieur",
        lender: "Prêteur",
        inspector: "Inspecteur",
        other: "Autre",
      },
    ],
  },
  /** Shorter option words where the row has little room; the label of the control says the rest. */
  short: { horizon: { unknown: "En tout temps" }, transaction: { unknown: "Achat ou vente?" } },
  consent: "Consentement",
  consents: { express: "Exprès", implied: "Tacite", none: "Aucun consentement", revoked: "Retiré" },
  consentMeans: {
    express: "A dit oui aux courriels. Ce consentement n’expire pas.",
    implied: "Une transaction ou une demande récente permet les courriels pour un temps.",
    none: "Aucun courriel ne peut être envoyé.",
    revoked: "A dit non. Aucun courriel ne peut être envoyé.",
  },
  basis: "Fondement",
  bases: { "": "Choisir un fondement", transaction: "Transaction ou contrat", inquiry: "Demande de renseignements" },
  obtained: "Date",
  source: "Source",
  sourceHint: "p. ex. visite libre",
  note: "Note",
  evidence: "Preuve",
  evidenceOf: (/** @type {string} */ name) => `Preuve du consentement : ${name}`,
  expires: (/** @type {string} */ date) => `Expire le ${date}`,
  lapsed: (/** @type {string} */ date) => `Expiré le ${date} : aucun courriel`,
  dateMissing: "Indiquez le fondement et la date",
  mailOk: "Courriels permis",
  mailBlocked: "Courriels bloqués",
};
