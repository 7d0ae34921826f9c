declare module "icon:*" {
  const shapes: string;
  export default shapes;
}

declare module "texts:parts" {
  const parts: Readonly<Record<string, Readonly<Record<string, () => Promise<{ default: Readonly<Record<string, string>> }>>>>>;
  export default parts;
}
