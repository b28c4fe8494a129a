/** Reads the answers to `count_tokens`: one number, no usage. */
import type { AnswerReader } from './answer-tap.ts';
import { keyTable, readDocument } from './json-object.ts';
import { providerError } from './provider-error.ts';

const COUNT = keyTable('input_tokens', 'totalTokens', 'error', 'type');

/** For all dialects that can count: an answer is whole if it holds the number that the dialect's clients read. */
export const countReader: AnswerReader = {
  readsArrays: false,
  readFrame: () => 'unknown',
  readAnswer: (findings, body) => {
    const answer = readDocument(body, COUNT);
    if (answer.holds('error')) {
      findings.error = providerError(answer.value('error'));
      return 'error';
    }
    return answer.holds('input_tokens') || answer.holds('totalTokens') ? 'terminal' : 'unknown';
  },
  isLastFrame: () => false,
  isWhole: () => false,
};
