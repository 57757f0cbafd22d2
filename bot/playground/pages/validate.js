// What Slack's own client checks before it sends a form.

export const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

/** Count characters as people do: one per code point. */
export function length(text) {
  return [...text].length;
}

/** Say what is wrong with a number, or null. */
export function numberProblem(spec, text) {
  const value = Number(text.replace(",", "."));
  if (Number.isNaN(value)) return "Please write a number.";
  if (!spec.is_decimal_allowed && !Number.isInteger(value)) return "Please write a whole number.";
  if (spec.min_value !== undefined && value < Number(spec.min_value)) return `Please choose ${spec.min_value} or more.`;
  if (spec.max_value !== undefined && value > Number(spec.max_value)) return `Please choose ${spec.max_value} or less.`;
  return null;
}

/** Tell whether a value of the JSON API holds nothing. */
export function empty(value) {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
