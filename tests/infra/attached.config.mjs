// The stack with two further functions, each attached by one entry of the table. Their code is probe's: what stands
// around them is what is looked at.
export default $config({
  app: () => ({ name: "lifeboat", home: "aws", removal: "remove", providers: { aws: { region: "eu-west-1" } } }),
  async run() {
    const { build } = await import("../../stacks/index.ts");
    const { functions } = await import("../../stacks/functions.ts");
    const [probe] = functions;
    const like = {
      handler: "functions/probe.handler",
      memoryMB: probe.memoryMB,
      timeoutS: () => 20,
      grants: { region: () => [] },
    };
    const deliver = { ...like, name: "deliver", description: "delivers", takes: "events" };
    const api = { ...like, name: "api", description: "answers", http: true };
    return build([...functions, deliver, api]);
  },
});
