/**
 * Words of leaving a Google account: what it is about in numbers, and what is told of it afterwards.
 * @module
 */
import { contacts, plural } from "./count.js";

/** @param {number} n */
const appointments = (n) => plural(n, "# rendez-vous", "# rendez-vous");

/** @param {number} people @param {number} events */
const both = (people, events) =>
  [people && contacts(people), events && appointments(events)].filter(Boolean).join(" et ");

/** @param {string} time @param {string} day "" for today */
const by = (time, day) => (day ? `${day} à ${time}` : `à ${time}`);

/** @param {"contacts" | "calendar"} what @param {number} n @param {string} where */
const stays = (what, n, where) =>
  `${what === "contacts" ? contacts(n) : appointments(n)} ${n > 1 ? "restent" : "reste"} ${where}`;

export const disconnect = {
  title: "Déconnecter Google?",
  lead: "La synchronisation s’arrête tout de suite. Notre accès à votre compte Google est retiré, au plus tard dans un jour. Rien de ce que vous avez créé vous-même n’est supprimé.",
  /** @param {number} people @param {number} events @returns {string} */
  atGoogle: (people, events) => `${both(people, events)} mis dans Google par la synchronisation`,
  googleKeep: "Garder dans Google",
  googleDelete: "Supprimer de Google",
  /** @param {number} people @param {number} events @returns {string} */
  inCrm: (people, events) => `${both(people, events)} venus de Google dans le CRM`,
  crmKeep: "Garder dans le CRM",
  crmArchive: "Archiver dans le CRM",
  /** @param {number} n @returns {string} */
  notImported: (n) =>
    plural(
      n,
      "# contact Google non importé est effacé ici en moins d’un jour. Seul ce que vous avez décidé à son sujet est retenu.",
      "# contacts Google non importés sont effacés ici en moins d’un jour. Seul ce que vous avez décidé à leur sujet est retenu.",
    ),
  confirm: "Déconnecter",
  busy: "Déconnexion…",
};

/** What is said of an account that was left. */
export const departure = {
  /** @param {string} time @param {string} day @returns {string} */
  running: (time, day) =>
    `Ce que vous avez choisi est en cours de retrait; tout sera terminé ${by(time, day)} au plus tard`,
  nextTitle: "Ce compte vient ensuite",
  /** @param {string} email @param {string} next @param {string} time @param {string} day @returns {string} */
  next: (email, next, time, day) =>
    `D’abord, ce que vous avez choisi pour ${email} est retiré, et l’accès avec. Ensuite, ${next} est connecté tout seul, ${by(time, day)} au plus tard`,
  before: "le compte précédent",
  /** @param {string} email @returns {string} */
  left: (email) => `Tout n’a pas pu être retiré pour ${email} :`,
  /** @param {"contacts" | "calendar"} what @param {number} n @returns {string} */
  atGoogle: (what, n) => stays(what, n, "dans Google"),
  /** @param {"contacts" | "calendar"} what @param {number} n @returns {string} */
  inCrm: (what, n) => stays(what, n, "dans le CRM"),
  /** @type {Record<string, string>} */
  reasons: {
    edited: "modifié depuis la dernière synchronisation",
    no_grant: "notre accès avait déjà pris fin",
    deadline: "Google n’a pas répondu pendant un jour",
    too_large: "trop volumineux pour être réécrit",
    internal: "une erreur de notre part",
  },
  otherwise: "Google le refuse",
  accessLeft:
    "Google n’a pas pu être informé que notre accès a pris fin. Vous pouvez y mettre fin dans votre compte Google, sous les connexions.",
  endedTitle: "La synchronisation Google est réactivée",
  ended:
    "Ce qui était en cours de retrait depuis votre déconnexion reste désormais. Ce qui est déjà parti revient avec la synchronisation.",
};
