/** What the simulator serves besides being a provider: its book, its health, its metrics. */
import { type Book, entryJson } from './book.ts';
import type { SimulatorOptions, WholeAnswer } from './create-simulator.ts';

/** One of the simulator's own endpoints, or undefined where the request is for the provider. */
export async function ownRoute(input: {
  readonly method: string;
  readonly url: URL;
  readonly book: Book;
  readonly metrics: SimulatorOptions['metrics'];
}): Promise<WholeAnswer | undefined> {
  const { method, url, book } = input;
  if (url.pathname === '/book' || url.pathname.startsWith('/book/')) return bookRoute({ method, url, book });
  if (method !== 'GET') return undefined;
  if (url.pathname === '/healthz' || url.pathname === '/readyz') return json(200, { is_ok: true });
  if (url.pathname === '/metrics' && input.metrics) return { status: 200, ...(await input.metrics()) };
  return undefined;
}

const json = (status: number, value: unknown): WholeAnswer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  text: JSON.stringify(value),
});

function bookRoute({ method, url, book }: { readonly method: string; readonly url: URL; readonly book: Book }): WholeAnswer {
  const id = decodeURIComponent(url.pathname.slice('/book/'.length));
  if (method === 'DELETE' && url.pathname === '/book') {
    book.clear();
    return { status: 204, contentType: 'application/json', text: '' };
  }
  if (method !== 'GET') return json(405, { error: 'The book is read with GET; DELETE /book empties it.' });
  if (url.pathname !== '/book') {
    const entries = book.ofId(id);
    return entries.length > 0
      ? json(200, { entries: entries.map(entryJson) })
      : json(404, { error: `No request "${id}" stands in the book.` });
  }
  const model = url.searchParams.get('model');
  const entries = book.entries().filter((entry) => model === null || entry.model === model);
  return json(200, { entries: entries.map(entryJson), seen: book.seen() });
}
