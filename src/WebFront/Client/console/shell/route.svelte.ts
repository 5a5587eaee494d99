/** The page in the address's fragment, so that a reload and the back button stay where one was. */
export type AdminTab = 'agents' | 'queues' | 'sites' | 'system';
export type Route = { page: 'desk'; conversationId: string | null } | { page: 'admin'; tab: AdminTab } | { page: 'design' };

const TABS: readonly AdminTab[] = ['agents', 'queues', 'sites', 'system'];

export function parseRoute(hash: string): Route {
  const [page, rest] = hash.replace(/^#\/?/, '').split('/', 2);
  if (page === 'admin') return { page: 'admin', tab: TABS.find((tab) => tab === rest) ?? 'agents' };
  if (page === 'design') return { page: 'design' };
  if (page === 'c' && rest) {
    try {
      return { page: 'desk', conversationId: decodeURIComponent(rest) };
    } catch {
      // A broken escape: as good as no id.
    }
  }
  return { page: 'desk', conversationId: null };
}

export function routeHash(route: Route): string {
  if (route.page === 'admin') return `#/admin/${route.tab}`;
  if (route.page === 'design') return '#/design';
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
