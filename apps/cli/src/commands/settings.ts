import { settings } from '@lurus/base/settings';
import type { Command } from 'commander';
import { openSession } from '../session.ts';
import type { Surroundings } from '../surroundings.ts';
import { renderTable } from '../table.ts';

interface SettingRow {
  readonly name: string;
  readonly default: string | null;
  readonly says: string;
}

/** `lurus settings`: every LURUS_ variable of every process. */
export function addSettingsCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('settings')
    .description('list every LURUS_ variable, its default and what it does')
    .action((_options, command: Command) => {
      const rows = listSettings();
      openSession(command, surroundings).show({ settings: rows }, () =>
        renderTable({
          rows,
          columns: [
            { title: 'variable', cell: (row) => row.name },
            { title: 'default', cell: (row) => row.default ?? '-' },
            { title: 'what it does', cell: (row) => row.says },
          ],
          whenEmpty: '',
        }),
      );
    });
}

/** The settings as they are declared. A default is what an absent variable is read as; null where there is none. */
export function listSettings(): SettingRow[] {
  return Object.entries(settings).map(([name, { says, schema }]) => {
    const absent = schema.safeParse(undefined);
    return { name, default: absent.success ? defaultText(absent.data) : null, says };
  });
}

function defaultText(value: unknown): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
