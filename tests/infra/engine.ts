// A Pulumi engine that creates nothing: it takes every resource that the program registers, answers with what AWS would
// have made of it, and keeps a record. Pulumi's own MockMonitor does the protocol.
import { createRequire } from "node:module";
import { join } from "node:path";
import { account, computed, policyJson } from "./aws-answers.ts";
import { platform } from "./platform.ts";

/** Pulumi must be the platform's copy: another one would be another runtime. */
export const requirePlatform = createRequire(join(platform, "package.json"));

/** Marks a secret value in Pulumi's wire format (pulumi/sdk, "rpc" special signatures). */
const SECRET = "4dabf18193072939515e22adb298388d";

export type Inputs = Record<string, unknown>;

/** One resource as registered. `region` is that of its provider. */
export type Resource = {
  urn: string;
  type: string;
  name: string;
  region: string | undefined;
  inputs: Inputs;
  /** URNs of what must be there before it. */
  dependencies: string[];
  retainOnDelete: boolean;
  protect: boolean;
  /** Looked up, not made. */
  read: boolean;
};

/** The parts of Pulumi's mock protocol that are used here. */
type Registration = {
  getParent(): string;
  getRetainondelete?(): boolean;
  getProtect?(): boolean;
  getDependenciesList?(): string[];
};
type NewResource = { type: string; name: string; inputs: Inputs; provider?: string; custom?: boolean; id?: string };
type Call = { token: string; inputs: Inputs; provider?: string };
type Monitor = {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: Registration, callback: unknown): Promise<void>;
  readResource(request: Registration, callback: unknown): Promise<void>;
};
type MonitorClass = new (mocks: {
  newResource(resource: NewResource): Promise<{ id: string | undefined; state: Inputs }>;
  call(call: Call): Promise<Inputs>;
}) => Monitor;

/** Inputs as plain JSON: secrets unwrapped, assets as their paths. */
async function plain(given: unknown): Promise<unknown> {
  const value: unknown = await given;
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== "object" || value === null) return value;
  if (SECRET in value && "value" in value) return plain(value.value);
  if ("__pulumiAsset" in value && "path" in value) return { asset: await value.path };
  const entries = await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await plain(one)] as const));
  return Object.fromEntries(entries);
}

export function createEngine(homeRegion: string) {
  const { MockMonitor }: { MockMonitor: MonitorClass } = requirePlatform("@pulumi/pulumi/runtime/mocks");
  const resources = new Map<string, Resource>();
  const regionOf = new Map<string, string>();
  const faults: string[] = [];
  const regionFor = (provider = ""): string => {
    return regionOf.get(provider.split("::").slice(0, 4).join("::")) ?? homeRegion;
  };

  class Recorder extends MockMonitor {
    current: Registration | undefined;

    /** The real engine leaves the stack out of a type and keeps the chain of parents. */
    override newUrn(parent: string, type: string, name: string): string {
      const above = parent.split("::")[2];
      const chain = above && above !== "pulumi:pulumi:Stack" ? `${above}$${type}` : type;
      const [head, stack] = super.newUrn("", type, name).split("::");
      return [head, stack, chain, name].join("::");
    }

    override async registerResource(request: Registration, callback: unknown): Promise<void> {
      this.current = request;
      return super.registerResource(request, callback);
    }

    override async readResource(request: Registration, callback: unknown): Promise<void> {
      this.current = request;
      return super.readResource(request, callback);
    }
  }

  const monitor = new Recorder({
    newResource: async (made) => {
      // Set in the same turn by registerResource.
      const request = monitor.current;
      const urn = monitor.newUrn(request?.getParent() ?? "", made.type, made.name);
      if (resources.has(urn)) faults.push(`two resources have the URN ${urn}`);
      const record: Resource = {
        urn,
        type: made.type,
        name: made.name,
        region: undefined,
        inputs: {},
        dependencies: request?.getDependenciesList?.() ?? [],
        retainOnDelete: request?.getRetainondelete?.() ?? false,
        protect: request?.getProtect?.() ?? false,
        read: request !== undefined && !("getCustom" in request),
      };
      resources.set(urn, record);
      // An object's inputs are an object.
      record.inputs = (await plain(made.inputs)) as Inputs;
      const { region } = record.inputs;
      if (made.type === "pulumi:providers:aws") regionOf.set(urn, typeof region === "string" ? region : homeRegion);
      if (made.type.startsWith("aws:")) record.region = typeof region === "string" ? region : regionFor(made.provider);
      const { id, ...state } = computed(record, record.region ?? homeRegion);
      const known = typeof record.inputs["name"] === "string" ? record.inputs["name"] : `${made.name}-id`;
      return { id: made.custom ? made.id || id || known : undefined, state: { ...record.inputs, ...state } };
    },
    call: async ({ token, inputs, provider }) => {
      const region = typeof inputs["region"] === "string" ? inputs["region"] : regionFor(provider);
      switch (token) {
        case "aws:index/getRegion:getRegion":
          return { id: region, name: region, region };
        case "aws:index/getPartition:getPartition":
          return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" };
        case "aws:index/getCallerIdentity:getCallerIdentity":
          return { id: account, accountId: account, arn: `arn:aws:iam::${account}:user/deployer`, userId: "deployer" };
        case "aws:iam/getPolicyDocument:getPolicyDocument":
          return { ...inputs, id: "document", json: policyJson(inputs) };
        default:
          throw new Error(`the data source ${token} has no answer here`);
      }
    },
  });

  return {
    /** Makes Pulumi talk to this engine. */
    async install(project: string, stack: string) {
      const pulumi = requirePlatform("@pulumi/pulumi");
      const settings = requirePlatform("@pulumi/pulumi/runtime/settings");
      // Pulumi's own entry sets the feature flags; its monitor is then replaced by the recording one.
      const nothing = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
      await pulumi.runtime.setMocks(nothing, project, stack, false, "organization");
      settings.setMockOptions(monitor, project, stack, false, "organization");
      pulumi.runtime.setConfig("aws:region", homeRegion);
      return pulumi;
    },
    /** Throws what the real engine would have refused. */
    resources(): Resource[] {
      if (faults.length > 0) throw new Error(faults.join("\n"));
      return [...resources.values()];
    },
  };
}
