/** A number and what it counts, by a noun whose plural is its own with an s: "1 day", "2 days". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
