/** What a guest has ordered. */
export interface Order {
  readonly id: number;
  readonly dish: string;
  readonly table: number;
  readonly state: "ordered" | "ready";
}
