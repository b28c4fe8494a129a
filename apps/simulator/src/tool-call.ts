/** Which tool a simulated model calls, and with what: a shell command that writes and reads a file, so that a test can look whether it ran. */
import type { OfferedTool, SimulatedAsk } from './ask.ts';
import { objectOf } from './json-reading.ts';
import { answerSchema } from './schema-answer.ts';

/** The word in a prompt that asks for a tool turn: `USE_TOOL`, or `USE_TOOL:name` for a certain tool. */
const ASKS = /\bUSE_TOOL(?::([\w.-]+))?/;

/** What the shell tool is told to do. */
export const SHELL_COMMAND = 'echo hello-from-tool > tool_out.txt && cat tool_out.txt';

/** The shells of Claude Code, Codex (plain and grammar), Gemini CLI and Qwen Code, and OpenCode. */
const SHELLS = ['Bash', 'exec_command', 'exec', 'run_shell_command', 'bash'];

/** A call: `input` is JSON for a function and free text for a custom tool. */
export interface ToolCall {
  readonly tool: OfferedTool;
  readonly input: string;
}

/** The call that the request asks for, by its prompt or by the dial. Undefined where it asks for none or offers no fitting tool. */
export function chooseToolCall(ask: SimulatedAsk, dial: boolean | string): ToolCall | undefined {
  const asked = ASKS.exec(ask.lastText);
  if (ask.toolResult !== undefined || (dial === false && !asked)) return undefined;
  const name = typeof dial === 'string' ? dial : asked?.[1];
  const tool = name === undefined ? shellOf(ask.tools) : ask.tools.find((offered) => offered.name === name);
  return tool && { tool, input: inputFor(tool) };
}

function shellOf(tools: readonly OfferedTool[]): OfferedTool | undefined {
  for (const shell of SHELLS) {
    const tool = tools.find(({ name }) => name === shell);
    if (tool) return tool;
  }
  return tools.find(({ kind }) => kind === 'function');
}

function inputFor(tool: OfferedTool): string {
  if (tool.kind === 'custom') {
    return `const r = await tools.exec_command({cmd: ${JSON.stringify(SHELL_COMMAND)}}); text(JSON.stringify(r));`;
  }
  if (!SHELLS.includes(tool.name)) return JSON.stringify(answerSchema(tool.schema));
  const properties = objectOf(objectOf(tool.schema)['properties']);
  const command = 'cmd' in properties ? { cmd: SHELL_COMMAND } : { command: SHELL_COMMAND };
  return JSON.stringify({
    ...command,
    ...('description' in properties ? { description: 'Write and read a file' } : {}),
    ...('is_background' in properties ? { is_background: false } : {}),
  });
}
