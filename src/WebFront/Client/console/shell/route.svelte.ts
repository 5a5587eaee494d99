/** The page in the address's fragment, so that a reload and the back button stay where one was. */
export type AdminTab = 'agents' | 'queues' | 'sites' | 'system';
export type LibraryTab = 'replies' | 'macros' | 'tags' | 'reasons';
export type Route =
  | { page: 'desk'; conversationId: string | null }
  | { page: 'admin'; tab: AdminTab }
  | { page: 'library'; tab: LibraryTab }
  | { page: 'search'; query: string }
  | { page: 'design' };

const LIBRARY: readonly LibraryTab[] = ['replies', 'macros', 'tags', 'reasons'];
const TABS: readonly AdminTab[] = ['agents', 'queues', 'sites', 'system'];

export function parseRoute(hash: string): Route {
  const [page, rest] = hash.replace(/^#\/?/, '').split('/', 2);
  if (page === 'admin') return { page: 'admin', tab: TABS.find((tab) => tab === rest) ?? 'agents' };
  if (page === 'design') return { page: 'design' };
  if (page === 'library') return { page: 'library', tab: LIBRARY.find((tab) => tab === rest) ?? 'replies' };
  if (page === 'search') return { page: 'search', query: decoded(rest) ?? '' };
  return { page: 'desk', conversationId: page === 'c' && rest ? decoded(rest) : null };
}

/** A broken escape is as good as nothing. */
function decoded(text: string | undefined): string | null {
  try {
    return decodeURIComponent(text ?? '');
  } catch {
    return null;
  }
}

export function routeHash(route: Route): string {
  if (route.page === 'admin') return `#/admin/${route.tab}`;
  if (route.page === 'design') return '#/design';
  if (route.page === 'library') return `#/library/${route.tab}`;
  if (route.page === 'search') return `#/search/${encodeURIComponent(route.query)}`;
  return route.conversationId ? `#/c/${encodeURIComponent(route.conversationId)}` : '#/';
}

class Router {
  #route = $state.raw<Route>(parseRoute(location.hash));
  constructor() {
    window.addEventListener('hashchange', () => {
      this.#route = parseRoute(location.hash);
    });
  }
  get current(): Route {
    return this.#route;
  }
  /** `replace` where going back to what was there makes no sense. */
  go(route: Route, replace = false): void {
    this.#route = route;
    const hash = routeHash(route);
    if (hash === location.hash) return;
    if (replace) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
  }
}

export const router = new Router();
window.addEventListener('popstate', () => router.go(parseRoute(location.hash), true));
