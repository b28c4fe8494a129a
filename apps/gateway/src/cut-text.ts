/** The longest text that an event's field takes. */
const CHARACTERS_MAX = 200;

/** A text of a client or a provider as an event can hold it. */
export const cutText = (text: string): string => (text.length > CHARACTERS_MAX ? text.slice(0, CHARACTERS_MAX) : text);

/** The same for a text that may be absent. */
export const cutTextOrNull = (text: string | undefined): string | null => (text === undefined ? null : cutText(text));
