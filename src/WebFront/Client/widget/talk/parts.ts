/** What not every conversation needs: each is fetched when it is needed, see ../part.svelte.ts. */
import { component } from '../parts.ts';

export const parts = {
  ended: component(() => import('./Ended.svelte')),
  attachments: component(() => import('../../shared/files/AttachmentList.svelte')),
};
