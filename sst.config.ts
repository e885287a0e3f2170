/// <reference path="./.sst/platform/config.d.ts" />

// SST reads this file before anything is there, so it may import nothing at its top.
export default $config({
  async app(input) {
    const { default: config } = await import("./lifeboat.config.ts");
    const production = input.stage === "production";
    return {
      name: "lifeboat",
      home: "aws",
      removal: production ? "retain" : "remove",
      protect: production,
      providers: { aws: { region: config.home, version: "7.20.0" } },
    };
  },
  async run() {
    const { build } = await import("./stacks/index.ts");
    return build();
  },
});
