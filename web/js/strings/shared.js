/**
 * Words that every page uses.
 * @module
 */

export const errors = {
  offline: "The service could not be reached. Check your connection.",
  signedOut: "You are signed out. Sign in to the CRM again.",
  unexpected: "Something went wrong on our side. Try again in a moment.",
};

export const common = {
  cancel: "Cancel",
  close: "Close",
  closeWindow: "Close window",
  retry: "Try again",
  save: "Save",
  saving: "Saving…",
  loading: "Loading…",
  more: "Show more",
  less: "Show less",
  remove: "Remove",
  noName: "No name",
  next: "Next",
  previous: "Previous",
};
