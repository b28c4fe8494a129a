import { jsonSchemaOf } from '@lurus/base/json-schema';
import { type SettingName, settings } from '@lurus/base/settings';
import { describeSchema } from './describe-schema.ts';

function settingRow(name: string, setting: (typeof settings)[SettingName]): string {
  const { default: fallback, ...form } = jsonSchemaOf(setting.schema);
  const isOptional = setting.schema.safeParse(undefined).success;
  const absent =
    fallback === undefined
      ? isOptional
        ? 'none'
        : 'required'
      : `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``;
  return `| \`${name}\` | ${setting.says.replaceAll('|', '\\|')} | ${describeSchema(form).replaceAll('|', '\\|')} | ${absent} |`;
}

/** Every setting of every process. */
export const settingsPage = (): string => `# Settings

Every process is configured by environment variables, each read once at its start. A \`LURUS_\` variable that is not on this page is an error, since it
would be a typo that does nothing. \`npm start\` sets what a process needs; whoever runs the processes in another way sets them there.

| variable | what it does | form | default |
| --- | --- | --- | --- |
${Object.entries(settings)
  .map(([name, setting]) => settingRow(name, setting))
  .join('\n')}
`;
