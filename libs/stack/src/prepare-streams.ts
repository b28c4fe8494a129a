import { type Declarations, openProvisioner, type PlannedStep } from '@lurus/journal/provision';
import { allStreams } from '@lurus/streams/all';
import { allBuckets } from '@lurus/streams/buckets';
import { deployerProcess } from '@lurus/streams/processes';

/** Everything that is declared, on one server. */
const DECLARATIONS: Declarations = { streams: allStreams, buckets: allBuckets, replicas: 1 };

/** How to reach a server as the one user who may declare streams. */
export interface DeployerAccess {
  readonly natsUrl: string;
  readonly deployerSeed: string;
}

/**
 * Makes every declared stream and bucket on the server, as the deployer; what is there already is compared and changed where that is possible.
 * Throws a Problem where the server is away, does not know us, or holds a stream that cannot become what is declared.
 */
export async function prepareStreams({ natsUrl, deployerSeed }: DeployerAccess): Promise<PlannedStep[]> {
  const provisioner = await openProvisioner({ url: natsUrl, seed: deployerSeed, processName: deployerProcess.name, instance: 'start' });
  try {
    return await provisioner.apply(DECLARATIONS);
  } finally {
    await provisioner.close();
  }
}
