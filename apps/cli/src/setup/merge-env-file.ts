/** Sets variables in the text of a `.env` file: a line that sets one of them is replaced where it stands, the others stay as they are. */
export function mergeEnvFile(current: string | undefined, values: Readonly<Record<string, string>>): string {
  const lines = (current ?? '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [name, value] of Object.entries(values)) {
    const at = lines.findIndex((line) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(line));
    if (at < 0) lines.push(`${name}=${value}`);
    else lines[at] = `${name}=${value}`;
  }
  return `${lines.join('\n')}\n`;
}
