/**
 * The look of the button. A host page changes it with the `--google-sync-*` properties and `::part()`; light and dark follow the page's
 * own `color-scheme`, or the `theme` attribute.
 *
 * The colours are those of colours.css under the same names. They are repeated here so that the button needs nothing but its modules: a host
 * page's policy need not allow our styles, and the button is not seen without them first. A test holds that both agree.
 * @module
 */

const CSS = `
:host {
  --accent: var(--google-sync-accent, light-dark(#0d6e5e, #7ad3bf));
  --on-accent: var(--google-sync-on-accent, light-dark(#ffffff, #06231d));
  --surface: var(--google-sync-surface, light-dark(#ffffff, #1c2123));
  --sunken: var(--google-sync-sunken, light-dark(#eff1ef, #262c2f));
  --text: var(--google-sync-text, light-dark(#1b2124, #e9edee));
  --muted: var(--google-sync-muted, light-dark(#576067, #a4aeb4));
  --border: var(--google-sync-border, light-dark(#dfe3e1, #333b3f));
  --warn: var(--google-sync-warning, light-dark(#8a4b00, #f3bd73));
  --warn-soft: light-dark(#fff4e2, #36290f);
  --danger: var(--google-sync-danger, light-dark(#b3261e, #ff9b91));
  --on-danger: light-dark(#ffffff, #37100c);
  --shade-deep: light-dark(rgb(20 30 28 / 22%), rgb(0 0 0 / 60%));
  --veil: rgb(10 16 15 / 45%);
  --radius: var(--google-sync-radius, 10px);
  --shadow: 0 8px 28px var(--shade-deep);
  display: inline-block;
  position: relative;
  font: 14px/1.45 var(--google-sync-font, -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", Helvetica, Arial, sans-serif);
  color: var(--text);
  text-align: start;
}
:host([hidden]) { display: none; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
*, *::before { box-sizing: border-box; }
[hidden] { display: none !important; }
button, a { font: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

.pill { display: inline-flex; position: relative; max-width: 100%; border: 1px solid var(--border); border-radius: var(--radius); background: var(--surface); }
.main, .more { border: 0; background: none; color: inherit; min-height: 40px; border-radius: calc(var(--radius) - 1px); }
.main { display: flex; align-items: center; gap: 8px; padding: 3px 14px; font-weight: 600; line-height: 1.3; min-width: 0; text-align: start; }
.more { width: 40px; display: grid; place-items: center; border-inline-start: 1px solid var(--border); border-start-start-radius: 0; border-end-start-radius: 0; color: var(--muted); }
.main:hover, .more:hover { background: var(--sunken); }
.more[data-note]::after { content: ""; position: absolute; top: 7px; inset-inline-end: 7px; width: 8px; height: 8px; border: 1px solid var(--surface); border-radius: 50%; background: var(--warn); }
.main:disabled { cursor: default; color: var(--muted); }
.main:disabled:hover { background: none; }
.icon { width: 18px; height: 18px; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.label { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.pill[data-state="disconnected"], .pill[data-state="contacts_found"] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.pill[data-state="disconnected"] .main:hover, .pill[data-state="contacts_found"] :is(.main, .more):hover { background: color-mix(in srgb, var(--accent), var(--text) 14%); }
.pill[data-state="contacts_found"] .more { color: inherit; border-color: color-mix(in srgb, var(--on-accent), transparent 65%); }
.pill[data-state="complete"] .main .icon { color: var(--accent); }
.pill[data-state="attention"] { border-color: var(--warn); background: var(--warn-soft); color: var(--warn); }
.pill[data-state="attention"] .more { color: inherit; border-color: color-mix(in srgb, var(--warn), transparent 60%); }
.pill[data-state="attention"] :is(.main, .more):hover { background: color-mix(in srgb, var(--warn), transparent 88%); }
.pill[data-state="syncing"] .main .icon { color: var(--accent); animation: turn 1.4s linear infinite; }
.pill[data-waits] .main .icon { animation: none; }
.pill[data-state="syncing"] .label { font-weight: 500; }
.pill[data-state="syncing"] .main { padding-block: 6px 9px; }
.far { display: block; color: var(--muted); font-size: 12px; font-weight: 400; line-height: 1.3; }
.track { position: absolute; inset: auto 10px 3px; height: 3px; border-radius: 2px; background: var(--border); overflow: hidden; pointer-events: none; }
.fill { height: 100%; width: 0; border-radius: 2px; background: var(--accent); transition: width 300ms; }
.track[data-open] .fill { width: 35%; animation: slide 1.6s ease-in-out infinite; }
@keyframes turn { to { transform: rotate(360deg); } }
@keyframes slide { 0% { transform: translateX(-110%); } 100% { transform: translateX(300%); } }

.note, .panel { position: absolute; z-index: 1000; top: calc(100% + 8px); inset-inline-end: 0; width: min(320px, calc(100vw - 24px)); padding: 16px; border: 1px solid var(--border); border-radius: var(--radius); background: var(--surface); color: var(--text); box-shadow: var(--shadow); font-weight: 400; }
.start .note, .start .panel { inset-inline: 0 auto; }
.note { display: flex; gap: 8px; align-items: flex-start; padding: 12px 8px 12px 16px; }
.note p { margin: 0; flex: 1; padding-block: 4px; }
.lines > span { display: block; margin-top: 6px; }
.note a, .link { display: inline-block; padding: 2px 0; border: 0; background: none; color: var(--accent); font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
.dismiss { flex: none; width: 32px; height: 32px; display: grid; place-items: center; border: 0; border-radius: 8px; background: none; color: var(--muted); }
.dismiss:hover { background: var(--sunken); }
.panel h2 { margin: 0 0 2px; font-size: 14px; font-weight: 600; }
.panel p { margin: 0; }
.quiet { color: var(--muted); overflow-wrap: anywhere; }
.problem { margin: 12px 0 0; padding: 12px; border-radius: 8px; background: var(--warn-soft); overflow-wrap: anywhere; }
.problem p + p { margin-top: 6px; }
.problem .act { margin-top: 10px; }
.wait { display: flex; gap: 10px; margin: 12px 0 0; padding: 12px; border-radius: 8px; background: var(--sunken); overflow-wrap: anywhere; }
.wait .icon { margin-top: 1px; color: var(--accent); }
.wait h3 { margin: 0; font-size: 14px; font-weight: 600; }
.actions { display: grid; gap: 2px; margin: 14px -8px -8px; padding-top: 8px; border-top: 1px solid var(--border); }
.actions button { display: block; width: 100%; min-height: 40px; padding: 0 8px; border: 0; border-radius: 8px; background: none; color: inherit; text-align: start; }
.actions button:hover { background: var(--sunken); }
.act { min-height: 40px; padding: 0 16px; border: 1px solid transparent; border-radius: 8px; background: var(--accent); color: var(--on-accent); font-weight: 600; }
.act:hover { background: color-mix(in srgb, var(--accent), var(--text) 14%); }
.act:disabled { opacity: 0.6; cursor: default; }
.plain { border-color: var(--border); background: var(--surface); color: var(--text); }
.plain:hover { background: var(--sunken); }
.danger { background: var(--danger); color: var(--on-danger); }
.danger:hover { background: color-mix(in srgb, var(--danger), var(--text) 14%); }
.error { margin: 12px 0 0; color: var(--danger); }

dialog { width: min(440px, calc(100vw - 24px)); max-height: calc(100dvh - 24px); padding: 24px; border: 1px solid var(--border); border-radius: 14px; background: var(--surface); color: var(--text); box-shadow: var(--shadow); }
dialog::backdrop { background: var(--veil); }
dialog h2 { margin: 0 0 8px; font-size: 18px; line-height: 1.3; }
dialog p { margin: 0; color: var(--muted); }
fieldset { margin: 18px 0 0; padding: 0; border: 0; }
legend { padding: 0; font-weight: 600; }
fieldset label { display: flex; gap: 10px; align-items: center; min-height: 36px; line-height: 1.3; }
fieldset input { flex: none; width: 18px; height: 18px; margin: 0; accent-color: var(--accent); }
dialog .also { margin-top: 18px; }
.buttons { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 8px; margin-top: 22px; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (pointer: coarse) { .main, .more, .act, .actions button { min-height: 44px; } .more, .dismiss { width: 44px; } .dismiss, fieldset label { min-height: 44px; } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } .track[data-open] .fill { width: 100%; opacity: 0.5; } }
@media (forced-colors: active) { .fill { background: Highlight; } }
`;

/** One sheet for every button on the page. */
export const buttonStyle = new CSSStyleSheet();
buttonStyle.replaceSync(CSS);
