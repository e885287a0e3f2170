// The stack with one function more, attached by one entry of the table. Its code is probe's: what stands around it is what
// is looked at.
export default $config({
  app: () => ({ name: "lifeboat", home: "aws", removal: "remove", providers: { aws: { region: "eu-west-1" } } }),
  async run() {
    const { build } = await import("../../stacks/index.ts");
    const { functions } = await import("../../stacks/functions.ts");
    const deliver = {
      name: "deliver",
      description: "delivers",
      handler: "functions/probe.handler",
      memoryMB: () => 128,
      timeoutS: () => 20,
      grants: { region: () => [] },
      takes: "events",
    };
    return build([...functions, deliver]);
  },
});
