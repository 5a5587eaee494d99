/** What is needed to send files. */
import '../later.css';

export { Tray } from '../../shared/files/tray.svelte.ts';
export { default as TrayView } from '../../shared/files/TrayView.svelte';
