import { expect, it } from 'vitest';
import { parseRoute, routeHash } from './route.svelte.ts';

it.each([
  ['', { page: 'desk', conversationId: null }],
  ['#/', { page: 'desk', conversationId: null }],
  ['#/c/ab%2Fc', { page: 'desk', conversationId: 'ab/c' }],
  ['#/c/%E0%A4%A', { page: 'desk', conversationId: null }],
  ['#/admin/queues', { page: 'admin', tab: 'queues' }],
  ['#/admin/system', { page: 'admin', tab: 'system' }],
  ['#/admin/nonsense', { page: 'admin', tab: 'agents' }],
])('%s', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

it('comes back from its own hash', () => {
  const route = { page: 'desk', conversationId: 'x/y 1' } as const;
  expect(parseRoute(routeHash(route))).toEqual(route);
});
