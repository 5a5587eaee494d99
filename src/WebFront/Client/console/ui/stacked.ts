/**
 * A table whose rows stand as cards on a phone (`stacked` in console.css): each cell is told its column's name, and what
 * it is, since a browser may forget that it is a table once it is laid out as something else.
 */
const roles: Record<string, string> = {
  THEAD: 'rowgroup',
  TBODY: 'rowgroup',
  TR: 'row',
  TH: 'columnheader',
  TD: 'cell',
};

export const stacked = (heads: readonly string[]) => (table: HTMLElement) => {
  const tell = () => {
    table.setAttribute('role', 'table');
    for (const part of table.querySelectorAll<HTMLElement>('thead, tbody, tr, th, td')) {
      part.setAttribute('role', roles[part.tagName] ?? 'none');
      if (part instanceof HTMLTableCellElement && part.tagName === 'TD')
        part.dataset.label = heads[part.cellIndex] ?? '';
    }
  };
  tell();
  const observer = new MutationObserver(tell);
  observer.observe(table, { childList: true, subtree: true });
  return () => observer.disconnect();
};
