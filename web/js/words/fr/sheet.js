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
  filter: "Afficher seulement",
  filters: {
    has_email: "Avec courriel",
    has_phone: "Avec téléphone",
    possible_duplicate: "Doublon possible",
    withdrawn: "Consentement retiré",
    selected: "Cochés",
    undecided: "Pas encore vus",
  },
  label: "Libellé Google",
  anyLabel: "Tous les libellés",
  labelCount: (/** @type {string} */ name, /** @type {number} */ n) => `${name} (${number(n)})`,
  order: "Ordre",
  orders: { name: "Par nom", recent: "Modifiés récemment" },
  found: contacts,
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
  finishUnsaved: "Certains choix ne sont pas encore enregistrés. Réessayez quand la page dit que tous le sont.",
  duplicate: "Doublon possible",
  /** Why it may be somebody in the CRM, and what speaks against it. */
  reasons: /** @type {Record<string, string>} */ ({
    email: "même courriel",
    phone: "même téléphone",
    shared_email: "un courriel que d’autres ont aussi",
    shared_phone: "un téléphone que d’autres ont aussi",
    mailbox: "courriel de la même boîte",
    line: "téléphone sur la même ligne",
    mailbox_alike: "courriel presque pareil",
    number_alike: "téléphone presque pareil",
    name: "même nom",
    nickname: "forme courte du nom",
    initial: "initiale du nom",
    slip: "nom écrit presque pareil",
    part_of_name: "une partie du nom",
    name_in_other_letters: "nom en d’autres lettres",
    family_name_changed: "autre nom de famille",
    joint_entry: "fiche d’un couple",
    birthday: "même date de naissance",
    address: "même adresse",
    organization: "même organisation",
    formerly: "c’était ce contact auparavant",
    other_generation: "mais autre génération (père, fils)",
    other_birthday: "mais autre date de naissance",
    other_middle_name: "mais autre deuxième prénom",
    other_given_name: "mais autre prénom",
    other_name: "mais autre nom",
  }),
  same: "Même personne",
  different: "Autre personne",
  sameAs: (/** @type {string} */ name) => `Même personne que ${name}`,
  noneOfThese: "Aucun de ceux-ci",
  inCrm: "dans votre CRM",
  inStep: "dans votre CRM, synchronisé avec un autre contact Google",
  sameHint: "Sera lié à ce contact, pas ajouté de nouveau.",
  samePerson: (/** @type {string} */ name) => `${name} : est-ce la même personne?`,
  alike: {
    badge: "Peut-être en double",
    otherRow: "une autre ligne de cette liste",
    show: "Voir cette ligne",
    showName: (/** @type {string} */ name) => `Voir l’autre ligne, ${name}`,
    question: (/** @type {string} */ name, /** @type {string} */ other) =>
      `${name} et ${other} sont-ils une seule personne?`,
    one: "Une seule personne : ajouter cette ligne à l’autre",
    two: "Deux personnes",
    hint: "L’autre ligne est importée, avec son type et son consentement. Ce que celle-ci a de plus y est ajouté.",
    added: "Une seule personne : l’autre ligne est ajoutée à celle-ci.",
    there: "Indiqué sur l’autre ligne.",
    asThere: "Comme sur l’autre ligne",
  },
  suggestion: {
    mark: "Suggéré",
    accept: (/** @type {string} */ words) => `Utiliser la suggestion ${words}`,
    because: {
      label: (/** @type {string} */ value) => `D’après le libellé « ${value} »`,
      organization: (/** @type {string} */ value) => `D’après l’organisation « ${value} »`,
    },
  },
  compare: {
    button: "Comparer côte à côte",
    of: (/** @type {string} */ name) => `Comparer ${name} côte à côte`,
    title: "Même personne?",
    columns: { field: "Champ", crm: "Dans votre CRM", google: "Chez Google", after: "Une fois lié" },
    marks: {
      none: "",
      crm: "Change votre CRM",
      google: "Change Google",
      both: "Change les deux",
    },
    conflict: "Les deux côtés diffèrent",
    copy: "Synchronisé avec un autre contact Google : ce que celui-ci a de plus est ajouté à votre CRM. Là où les deux diffèrent, la valeur du CRM reste, et la page de révision propose l’autre.",
    nothing: "Rien ne changerait : les deux disent la même chose.",
    note: "Rien ne se passe avant que vous terminiez la feuille.",
    failed: "Google n’a pas pu être consulté pour le moment.",
  },
  bulk: {
    label: "En changer plusieurs à la fois",
    scope: "Changer",
    ticked: (/** @type {number} */ n) => plural(n, "le coché", "les # cochés"),
    shown: (/** @type {number} */ n) => plural(n, "le contact trouvé", "les # trouvés"),
    all: (/** @type {number} */ n) => plural(n, "le seul contact", "les # contacts"),
    type: "Définir le type…",
    consent: "Définir le consentement…",
    suggestions: "Utiliser les suggestions",
    tick: "Tout cocher",
    untick: "Tout décocher",
    forTicked: (/** @type {number} */ n) =>
      plural(
        n,
        "Pour le contact que vous avez coché.",
        "Pour les # contacts que vous avez cochés, sur toutes les pages.",
      ),
    forShown: (/** @type {number} */ n) =>
      plural(
        n,
        "Pour le contact affiché, coché ou non.",
        "Pour les # contacts affichés, sur toutes les pages, cochés ou non.",
      ),
    go: (/** @type {number} */ n) => `Changer ${contacts(n)}`,
    far: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} sur ${number(total)}…`,
    done: (/** @type {number} */ n) => plural(n, "# contact changé.", "# contacts changés."),
    withdrawn: (/** @type {number} */ n) =>
      `${plural(n, "# d’entre eux a une adresse", "# d’entre eux ont une adresse")} pour laquelle le consentement a été retiré : il faut un consentement plus récent.`,
  },
  keys: {
    button: "Raccourcis clavier",
    title: "Raccourcis clavier",
    lead: "Ils agissent quand la liste a le focus.",
    list: [
      ["↑ ↓ ← →", "Se déplacer entre les lignes et les colonnes"],
      ["Espace", "Cocher ou décocher"],
      ["Maj + ↑ ↓", "Cocher une suite de lignes"],
      ["Maj + Espace", "Cocher de la dernière ligne cochée jusqu’ici"],
      ["Entrée", "Aller aux commandes d’une cellule; Échap en sort"],
      ["1 2 3", "Définir le type de contact"],
      ["S", "Utiliser le type suggéré"],
      ["N / P", "Page suivante ou précédente"],
      ["Page préc. / Page suiv.", "Dix lignes plus haut ou plus bas"],
      ["Début / Fin", "Première ou dernière colonne; avec Ctrl, première ou dernière ligne"],
      ["/", "Rechercher"],
      ["?", "Afficher cette liste"],
    ],
    consentTitle: "Ce que signifient les consentements",
    consents: [
      ["Exprès", "La personne a dit oui à vos courriels. Cela vaut jusqu’à ce qu’elle dise non. Notez quand et où."],
      [
        "Tacite",
        "Une transaction ou un contrat permet les courriels pendant deux ans, une demande pendant six mois, à compter de sa date. Ensuite, cela expire.",
      ],
      ["Aucun consentement", "Le point de départ de chacun. Votre CRM ne lui envoie aucun courriel commercial."],
      [
        "Retiré",
        "La personne a dit non. Votre CRM ne lui envoie aucun courriel commercial tant qu’elle ne dit pas oui de nouveau.",
      ],
    ],
  },
  imports: {
    button: "Importations récentes",
    title: "Importations récentes",
    lead: "Une importation peut être annulée pendant 30 jours.",
    empty: "Rien n’a été importé ces 30 derniers jours.",
    actions: /** @type {Record<string, string>} */ ({
      done: "Importer la sélection - Terminé",
      revisit: "Importer - Revoir plus tard",
      no_import: "Continuer sans importer",
    }),
    count: (/** @type {number} */ imported, /** @type {number} */ linked) =>
      [
        plural(imported, "# contact importé", "# contacts importés"),
        ...(linked > 0 ? [plural(linked, "# lié", "# liés")] : []),
      ].join(", "),
    until: (/** @type {string} */ day) => `Peut être annulée jusqu’au ${day}`,
    undo: "Annuler cette importation",
    undoShort: "Annuler l’importation…",
    undoOf: (/** @type {string} */ when) => `Annuler l’importation du ${when}`,
    confirmTitle: "Annuler cette importation?",
    confirmLines: [
      "Les contacts qu’elle a créés sont archivés, sauf ceux que quelqu’un a modifiés depuis.",
      "Les liens qu’elle a faits sont retirés, et ce qu’elle a fusionné est remis là où rien n’y a touché.",
      "Les lignes reviennent à la feuille avec vos choix. Rien n’est supprimé chez Google.",
    ],
    go: "Annuler l’importation",
    undoing: "Annulation…",
    undone: (/** @type {number} */ n) => plural(n, "# contact annulé.", "# contacts annulés."),
    kept: (/** @type {number} */ n) => plural(n, "# contact gardé tel quel", "# contacts gardés tels quels"),
    keptReasons: /** @type {Record<string, string>} */ ({
      edited: "Modifié depuis l’importation.",
      gone: "N’est plus dans le CRM.",
    }),
    states: /** @type {Record<string, string>} */ ({
      running: "Annulation en cours",
      expired: "Ne peut plus être annulée",
      nothing: "Rien à annuler",
    }),
  },
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
          ? "Rien n’est importé pour l’instant."
          : `${plural(n, "# contact est importé", "# contacts sont importés")} dans votre CRM.`,
        rest === 0
          ? "Aucun contact n’est refusé."
          : `${plural(rest, "# contact est refusé et n’est plus proposé, même s’il change", "# contacts sont refusés et ne sont plus proposés, même s’ils changent")} chez Google. Vous les trouvez sous Refusés et pouvez ramener chacun d’eux.`,
      ],
      go: (/** @type {number} */ n, /** @type {number} */ rest) =>
        n === 0
          ? rest === 0
            ? "Terminer"
            : `Refuser ${number(rest)}`
          : rest === 0
            ? `Importer ${number(n)}`
            : `Importer ${number(n)}, refuser ${number(rest)}`,
    },
    revisit: {
      title: "Importer et revoir plus tard?",
      lines: (/** @type {number} */ n, /** @type {number} */ rest) => [
        n === 0
          ? "Rien n’est importé pour l’instant."
          : `${plural(n, "# contact est importé", "# contacts sont importés")} dans votre CRM.`,
        rest === 0
          ? "Il ne reste aucun contact."
          : `${plural(rest, "# contact reste à décider et revient", "# contacts restent à décider et reviennent")} la prochaine fois.`,
      ],
      go: (/** @type {number} */ n) => (n === 0 ? "Revoir plus tard" : `Importer ${number(n)}`),
    },
  },
  summary: {
    caption: "Ce qui sera importé",
    type: (/** @type {string} */ type, /** @type {number} */ n) => `${number(n)} : ${type}`,
    link: (/** @type {number} */ n) =>
      plural(
        n,
        "# ajouté à un contact de votre CRM ou de la liste",
        "# ajoutés à des contacts de votre CRM ou de la liste",
      ),
    unanswered: (/** @type {number} */ n) =>
      plural(
        n,
        "Pour # contact, vous n’avez pas dit qui c’est : il est peut-être déjà dans votre CRM, ou deux fois dans la liste.",
        "Pour # contacts, vous n’avez pas dit qui c’est : ils sont peut-être déjà dans votre CRM, ou deux fois dans la liste.",
      ),
    later: "Me le redemander plus tard; ne pas les importer maintenant",
    asNew: "Les ajouter comme nouvelles personnes",
    consents: (/** @type {string} */ consent, /** @type {number} */ n) => `${consent} : ${number(n)}`,
    consentTitle: "Consentement",
    undecided: (/** @type {number} */ n) =>
      `${plural(n, "Pour # contact, le consentement n’est pas décidé. Il est importé", "Pour # contacts, le consentement n’est pas décidé. Ils sont importés")} avec Aucun consentement : aucun courriel avant que vous en consigniez un.`,
    withdrawn: (/** @type {number} */ n) =>
      `${plural(n, "# contact a une adresse", "# contacts ont une adresse")} pour laquelle le consentement a été retiré. Aucun courriel n’y est envoyé, à moins d’un consentement plus récent, avec sa source et sa date.`,
    unproven: (/** @type {number} */ n) =>
      `${plural(n, "# contact n’est pas importé et reste", "# contacts ne sont pas importés et restent")} sur la feuille : un consentement exprès exige sa source et sa date.`,
  },
  back: "Retour",
  working: "Importation",
  workingNote: "Vous pouvez fermer cette fenêtre : l’importation continue.",
  workingCount: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} sur ${number(total)}`,
  comesAgain: (/** @type {number} */ n) =>
    `${plural(n, "# contact revient", "# contacts reviennent")} : quelqu’un dans votre CRM est peut-être cette personne et attend votre réponse.`,
  finished: {
    title: "C’est fait",
    nothing: "Rien n’a été importé",
    imported: (/** @type {number} */ n) => `${plural(n, "# contact importé", "# contacts importés")} dans votre CRM.`,
    linked: (/** @type {number} */ n) =>
      `${plural(n, "# d’entre eux a été ajouté à un contact", "# d’entre eux ont été ajoutés à des contacts")} que vous avez.`,
    withdrawn: (/** @type {number} */ n) =>
      `${plural(n, "# d’entre eux a une adresse", "# d’entre eux ont une adresse")} pour laquelle le consentement a été retiré : aucun courriel n’y est envoyé avant un consentement plus récent.`,
    declined: (/** @type {number} */ n) =>
      `${plural(n, "# contact refusé. Vous le trouvez", "# contacts refusés. Vous les trouvez")} sous Refusés.`,
    kept: (/** @type {number} */ n) => `${plural(n, "# contact gardé", "# contacts gardés")} pour la prochaine fois.`,
    failed: (/** @type {number} */ n) =>
      plural(n, "# contact n’a pas pu être importé", "# contacts n’ont pas pu être importés"),
    failures: /** @type {Record<string, string>} */ ({
      not_in_google: "Ce contact n’est plus dans Google Contacts.",
      disconnected: "Google a été déconnecté. Le contact est proposé de nouveau la prochaine fois.",
      undecided:
        "Ce contact est peut-être déjà dans votre CRM, ou deux fois dans la liste, et vous n’avez pas dit qui c’est. Il est proposé de nouveau.",
      answer_lapsed: "Le contact que vous aviez désigné a changé entre-temps. Il est proposé de nouveau.",
      too_large:
        "Avec le contact du CRM, c’est trop volumineux. Raccourcissez-y les notes, puis importez-le de nouveau.",
      unproven:
        "Un consentement exprès exige sa source et sa date. Le contact est proposé de nouveau la prochaine fois.",
      internal: "Une erreur de notre côté l’a empêché. Le contact est proposé de nouveau la prochaine fois.",
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
  expired: "Votre session est terminée. Connectez-vous de nouveau au CRM, puis réessayez ici : vos choix sont gardés.",
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
    grade: ["Cote", { A: "A", B: "B", C: "C", D: "D" }],
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
  /** A part of the detail that nobody has chosen yet. */
  unset: { grade: "Sans cote", other: "Non précisé" },
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
  unproven: "Sans preuve : indiquez la date et la source",
  unprovenMark: "Sans preuve",
  withdrawn: {
    one: (/** @type {string} */ address, /** @type {string} */ day) => `${address} le ${day}`,
    is: (/** @type {string} */ named) => `Consentement retiré : ${named}.`,
    ask: (/** @type {string} */ named) =>
      `Consentement retiré : ${named}. Aucun courriel n’y est envoyé, à moins d’un consentement plus récent, avec sa date et sa source.`,
    freed: (/** @type {string} */ named) =>
      `Plus récent que le retrait (${named}) : les courriels y sont de nouveau permis.`,
  },
  mailOk: "Courriels permis",
  mailBlocked: "Courriels bloqués",
};
