// A small stand-in for the server, for work on the console alone: `node console/dev/fake.mjs 5981` serves the build in
// ../wwwroot with made-up conversations. Not shipped, and no contract: docs/protocol.md is.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WebSocketServer } from 'ws';
import { makeWorld } from './world.mjs';

const root = fileURLToPath(new URL('../../../wwwroot', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** One process on SQLite, as the real server says it. */
const system = () => ({
  at: new Date().toISOString(),
  database: { database: 'SQLite', serverVersion: '3.50.4', schemaVersion: '0004-tags-and-snooze' },
  silos: [
    {
      address: '127.0.0.1:41873@140000000',
      status: 'active',
      version: '0.1.0',
      since: new Date(Date.now() - 3_600_000).toISOString(),
      activations: 1284,
      cpuPercent: 12.5,
      memoryBytes: 268_435_456,
    },
    {
      address: '127.0.0.1:41800@139000000',
      status: 'dead',
      since: new Date(Date.now() - 90_000_000).toISOString(),
      activations: 0,
    },
  ],
  fronts: [
    {
      address: '127.0.0.1:41873@140000000',
      version: '0.1.0',
      since: new Date(Date.now() - 3_600_000).toISOString(),
      visitors: 312,
      agents: 14,
      cpuPercent: 12.5,
      memoryBytes: 268_435_456,
    },
  ],
  grainTypes: [
    { type: 'ConversationGrain', activations: 911 },
    { type: 'AgentGrain', activations: 14 },
  ],
  busiest: [{ stream: 'conversation/01J9Z3', perMinute: 96 }],
});

const json = (res, status, body) => {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(body === undefined ? '' : JSON.stringify(body));
};

/** Serves until it is closed; port 0 takes a free one. */
export async function serve(port) {
  const world = makeWorld();
  const sockets = new Set();
  let signedIn = false;

  const session = () => ({
    agentId: world.me.id,
    name: world.me.name,
    roles: ['agent', 'supervisor', 'administrator'],
    token: 't',
    expiresAt: new Date(Date.now() + 900_000).toISOString(),
  });

  const server = createServer((req, res) => {
    const url = new URL(req.url, 'http://x');
    let body = '';
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => {
      const path = url.pathname;
      if (path.startsWith('/api/v1'))
        return api(req.method, path.slice(7), url.searchParams, body ? JSON.parse(body) : {}, res);
      const file = join(root, path === '/console' || path === '/console/' ? 'console/index.html' : path);
      if (!file.startsWith(root) || !existsSync(file)) return json(res, 404, {});
      res.writeHead(200, {
        'content-type': types[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': csp,
      });
      createReadStream(file).pipe(res);
    });
  });

  function api(method, path, query, body, res) {
    if (path === '/agent-sessions' && method === 'POST') {
      if (body.password === 'slow') return json(res, 429, { code: 'RateLimited', retryAfterMs: 9000 });
      if (body.password !== 'demo') return json(res, 401, { code: 'Unauthorized' });
      signedIn = true;
      return json(res, 200, session());
    }
    if (path === '/agent-sessions/refresh')
      return signedIn ? json(res, 200, session()) : json(res, 401, { code: 'Unauthorized' });
    if (path === '/agent-sessions') {
      signedIn = false;
      return json(res, 204);
    }
    if (path === '/me' && method === 'GET')
      return json(res, 200, { status: world.status, reason: world.reason ?? null, wrapUps: world.wrapUps() });
    if (path.startsWith('/me/wrap-ups/')) return json(res, 204, world.endWrapUp(decodeURIComponent(path.slice(13))));
    if (path === '/agents' && method === 'GET') return json(res, 200, { agents: world.agents() });
    if (path === '/queues' && method === 'GET') return json(res, 200, { queues: world.queues });
    if (path === '/sites' && method === 'GET') return json(res, 200, { sites: world.sites });
    const secret = path.match(/^\/sites\/([^/]+)\/identity-secret$/);
    if (secret) {
      const site = world.sites.find((each) => each.key === secret[1]);
      const known = Boolean(site.identityRolledAt);
      site.revision = (site.revision ?? 0) + 1;
      site.identityRolledAt = method === 'DELETE' ? undefined : new Date().toISOString();
      if (method === 'DELETE') return json(res, 204);
      const previousUntil = known ? new Date(Date.now() + 86_400_000).toISOString() : null;
      return json(res, 200, {
        secret: `secret-${site.revision}`,
        rolledAt: site.identityRolledAt,
        previousUntil,
        revision: site.revision,
      });
    }
    if (path === '/sites' && method === 'POST') {
      const site = world.sites.find((each) => each.key === body.key);
      if (!site || (site.revision ?? 0) !== body.revision) return json(res, 409, { code: 'Conflict' });
      return json(res, 200, Object.assign(site, body, { revision: body.revision + 1 }));
    }
    if (path.endsWith('/customer-fields')) return json(res, 200, { fields: world.customerFields, form: world.form });
    if (path.startsWith('/library/')) return library(method, path.slice(9), query, body, res);
    if (path === '/drafts') return json(res, 200, { drafts: [...world.drafts.values()] });
    if (path.startsWith('/drafts/')) {
      const conversationId = decodeURIComponent(path.slice(8));
      const revision = (world.drafts.get(conversationId)?.revision ?? 0) + 1;
      world.drafts.set(conversationId, { conversationId, ...body, revision });
      return json(res, 200, { revision });
    }
    if (path === '/search') return json(res, 200, { hits: world.search(query.get('q') ?? '') });
    const one = path.match(/^\/conversations\/([^/]+)$/);
    if (one && one[1] !== 'bulk') {
      const row = world.rows().find((each) => each.conversationId === one[1]);
      return row ? json(res, 200, row) : json(res, 404, { code: 'NotFound' });
    }
    if (path === '/site-names') return json(res, 200, { sites: world.sites.map(({ key, name }) => ({ key, name })) });
    if (path === '/conversations/bulk') return json(res, 200, { results: world.bulk(body) });
    if (path === '/queues' && method === 'POST') {
      const known = world.queues.find((queue) => queue.id === body.id);
      if (body.revision !== undefined && (known?.revision ?? 0) !== body.revision)
        return json(res, 409, { code: 'Conflict' });
      const saved = { ...known, ...body, revision: (known?.revision ?? 0) + 1 };
      world.queues.splice(known ? world.queues.indexOf(known) : world.queues.length, known ? 1 : 0, saved);
      return json(res, 200, saved);
    }
    if (path === '/system' && method === 'GET') return json(res, 200, system());
    if (path === '/conversations') {
      const rows = world.list(query);
      const from = Number(query.get('cursor') ?? 0);
      const limit = Number(query.get('limit') ?? 50);
      return json(res, 200, {
        conversations: rows.slice(from, from + limit),
        nextCursor: from + limit < rows.length ? String(from + limit) : null,
      });
    }
    const events = path.match(/^\/conversations\/([^/]+)\/events$/);
    if (events) {
      const all = world.conversations.get(events[1])?.events ?? [];
      const limit = Number(query.get('limit'));
      const before = query.get('before');
      const page = before
        ? all.filter((e) => e.sequence < Number(before)).slice(-limit)
        : all.filter((e) => e.sequence > Number(query.get('after'))).slice(0, limit);
      return json(res, 200, { events: page, head: all.length });
    }
    return json(res, 409, { code: 'Conflict' });
  }

  function library(method, path, query, body, res) {
    const [kind, id] = path.split('/');
    const items = world.library[kind] ?? [];
    if (method === 'GET') return json(res, 200, { items });
    const known = items.find((item) => item.id === id);
    const seen = method === 'PUT' ? body.revision : Number(query.get('revision'));
    if ((known?.revision ?? 0) !== seen) return json(res, 409, { code: 'Conflict' });
    world.library[kind] = items.filter((item) => item.id !== id);
    if (method === 'DELETE') return json(res, 204);
    const item = {
      id,
      scope: body.scope,
      revision: seen + 1,
      updatedBy: world.me.name,
      updatedAt: new Date().toISOString(),
      body: body.body,
    };
    world.library[kind].push(item);
    return json(res, 200, item);
  }

  const push = (target, ...args) => {
    const frame = `${JSON.stringify({ type: 1, target, arguments: args })}\u001e`;
    for (const socket of sockets) socket.send(frame);
  };
  world.push = push;

  // As the real server does it: how queues stand, and that something in them changed, once a second at most.
  world.pushLists = () => push('Lists', { queues: world.counts() });

  const hub = new WebSocketServer({ server, path: '/hubs/agent' });
  hub.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => {
      for (const part of String(data).split('\u001e').filter(Boolean)) {
        const message = JSON.parse(part);
        if (message.protocol) socket.send('{}\u001e');
        else if (message.type === 1) {
          const result = world.call(message.target, message.arguments[0] ?? {});
          if (message.target === 'WatchLists') setTimeout(world.pushLists, 30);
          const answer = { type: 3, invocationId: message.invocationId, result };
          setTimeout(() => socket.send(`${JSON.stringify(answer)}\u001e`), 60);
        }
      }
    });
  });

  const cut = () => {
    for (const socket of sockets) socket.terminate();
  };
  await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut,
    world,
    close: () => {
      cut();
      return new Promise((closed) => server.close(closed));
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url, cut } = await serve(Number(process.argv[2] ?? 5981));
  // To look at the reconnecting banner.
  process.on('SIGUSR2', cut);
  console.log(`${url}/console/  any email, password: demo`);
}
