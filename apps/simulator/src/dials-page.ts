/** The reference page of the dials, made from the code's own list. */
import { dialForms } from './dials.ts';
import { faultForms } from './faults.ts';

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** The page as Markdown. */
export const dialsPage = (): string => `# Dials of the simulator

How they are used stands in [the guide](../guides/simulator.md).

${table(
  ['in the model name', 'as a header', 'what it does'],
  dialForms.map(({ name, argument, says }) => [
    name === 'tool' ? '`sim-tool`' : `\`sim-${name}-${argument}\``,
    `\`x-sim-${name}: ${argument.replace(/^\[(.*)\]$/, '$1')}\``,
    says,
  ]),
)}

## Faults

${table(
  ['fault', 'what goes wrong'],
  faultForms.map(({ form, says }) => [`\`${form}\``, says]),
)}
`;
