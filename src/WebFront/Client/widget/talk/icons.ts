/** Outlines on a 24 x 24 grid, as in shared/ui/Icon.svelte; fetched with the conversation. */
export const icons = {
  check: 'm5 12.5 4.5 4.5L19 7.5',
  checks: 'm2 12.5 4.5 4.5L16 7.5M11 16l1 1 9.5-9.5',
  clock: 'M12 7.5V12l3 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
  star: 'm12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9L12 16.9l-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z',
  reply: 'M9.5 6 4 11.5 9.5 17M4 11.5h9a7 7 0 0 1 7 7',
  save: 'M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 19.5h14',
  bell: 'M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4',
  down: 'm5.5 9 6.5 6.5L18.5 9',
};
