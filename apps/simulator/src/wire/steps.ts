import type { TokenUsage } from '@lurus/base/token-usage';
import type { Answer, Block } from '../answer.ts';
import { tokensOf, tokensOfBytes } from '../token-count.ts';
import type { Generated } from './wire.ts';

/** One piece of one block on its way out, and how many tokens had been generated with it. */
export interface Step extends Generated {
  readonly choice: number;
  readonly blockIndex: number;
  readonly block: Block;
  readonly piece: string;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Whether the choice is whole with this piece. */
  readonly isEnd: boolean;
}

/** An answer piece by piece, choice after choice. A block without content is one empty piece. */
export function stepsOf(answer: Answer): readonly Step[] {
  const steps: Step[] = [];
  let before = 0;
  let reasoningTokens = 0;
  for (let choice = 0; choice < answer.choices; choice += 1) {
    for (const [blockIndex, block] of answer.blocks.entries()) {
      const pieces = block.pieces.length > 0 ? block.pieces : [''];
      const nameTokens = block.kind === 'tool' ? tokensOf(block.call.tool.name) : 0;
      const reasoningBefore = reasoningTokens;
      let bytes = 0;
      for (const [index, piece] of pieces.entries()) {
        bytes += Buffer.byteLength(piece);
        if (block.kind === 'reasoning') reasoningTokens = reasoningBefore + tokensOfBytes(bytes);
        const isLast = index === pieces.length - 1;
        steps.push({
          choice,
          blockIndex,
          block,
          piece,
          isFirst: index === 0,
          isLast,
          isEnd: isLast && blockIndex === answer.blocks.length - 1,
          outputTokens: before + nameTokens + tokensOfBytes(bytes),
          reasoningTokens,
        });
      }
      before += nameTokens + tokensOfBytes(bytes);
    }
  }
  return steps;
}

/** The usage of an answer that had got as far as a step. */
export const usageAt = (answer: Answer, step: Generated): TokenUsage => ({
  ...answer.usage,
  outputTokens: step.outputTokens,
  reasoningTokens: step.reasoningTokens,
});
