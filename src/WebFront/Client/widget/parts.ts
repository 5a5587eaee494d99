/** Everything that is not needed before the first message: each is fetched when it is needed, see part.svelte.ts. */
import { Part } from './part.svelte.ts';

/** A component of its own. */
export const component = <T>(fetch: () => Promise<{ default: T }>) =>
  new Part(() => fetch().then((made) => made.default));

export const parts = {
  hours: component(() => import('./before/Hours.svelte')),
  preChat: component(() => import('./before/PreChat.svelte')),
  talk: component(() => import('./talk/Talk.svelte')),
  menu: component(() => import('./talk/Menu.svelte')),
  quoted: component(() => import('./talk/Quoted.svelte')),
  emoji: component(() => import('./talk/Emoji.svelte')),
  drop: component(() => import('./talk/Drop.svelte')),
  files: new Part(() => import('./talk/files.ts')),
};
