/** The command bar: what there is to do, and what fits what is typed. Pure. */
import type { IconName } from '../ui/icons.ts';

export interface Command {
  id: string;
  label: string;
  /** Beside the label, such as where it leads. */
  hint?: string;
  icon: IconName;
  /** Keys that do the same. */
  keys?: string[];
  group: string;
  run: () => void;
}

const SHOWN_MAX = 40;

/** Commands that have the words in this order of fit: at the label's start, at a word's start, anywhere. */
export function matching(commands: readonly Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rankOf = (command: Command) => {
    const label = command.label.toLowerCase();
    const all = `${label} ${(command.hint ?? '').toLowerCase()}`;
    let worst = 0;
    for (const word of words) {
      const at = label.indexOf(word);
      const rank = at === 0 ? 0 : at > 0 && /\s/.test(label[at - 1] ?? '') ? 1 : all.includes(word) ? 2 : 9;
      worst = Math.max(worst, rank);
    }
    return worst;
  };
  return commands
    .map((command, index) => ({ command, index, fit: rankOf(command) }))
    .filter((each) => each.fit < 9)
    .sort((a, b) => a.fit - b.fit || a.index - b.index)
    .slice(0, SHOWN_MAX)
    .map((each) => each.command);
}
