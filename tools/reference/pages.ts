import { dialsPage } from '@lurus/simulator/dials-page';
import { eventsPage } from './events-page.ts';
import { settingsPage } from './settings-page.ts';
import { streamsPage } from './streams-page.ts';

/** A page that is made from code; `path` is relative to the repository. */
export interface GeneratedPage {
  readonly path: string;
  readonly text: string;
}

const page = (name: string, sources: string, text: string): GeneratedPage => ({
  path: `docs/reference/${name}.md`,
  text: `<!-- Generated from ${sources} by "npm run generate"; edits here are lost. -->\n\n${text.trimEnd()}\n`,
});

/** Every generated page of the reference. */
export const generatedPages = (): readonly GeneratedPage[] => [
  page('events', 'libs/events/src/catalogue', eventsPage()),
  page('streams', 'streams/', streamsPage()),
  page('settings', 'libs/base/src/settings.ts', settingsPage()),
  page('simulator-dials', 'apps/simulator/src', dialsPage()),
];
