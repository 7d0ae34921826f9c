/** `04A1B2C3` as `04 A1 B2 C3`, which is easier to compare with what is printed. */
export const spaced = (number: string): string => number.replace(/(..)(?=.)/g, "$1\u00a0");
