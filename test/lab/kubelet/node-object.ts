// The Node object and Lease of one lab node, as a kubelet writes them. Pure.
import { cpus } from 'node:os';
import { controlPlace, internalOf, type Place } from '../place.ts';
import { kubeletPort } from './log-server.ts';

export const leaseSeconds = 40;
export const renewMs = 10_000;

export function nodeObject(place: Place, now: string) {
  const labels = {
    'kubernetes.io/hostname': place.name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': process.arch === 'x64' ? 'amd64' : process.arch,
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: place.name, labels }, status: nodeStatus(place, now) };
}

export function nodeStatus(place: Place, now: string) {
  // Room enough that the scheduler never has to refuse a Pod of a test.
  const room = { cpu: `${Math.max(16, cpus().length)}`, memory: '64Gi', pods: '250', 'ephemeral-storage': '100Gi' };
  const healthy = (type: string, reason: string, status = 'False') => {
    return { type, status, reason, message: '', lastHeartbeatTime: now, lastTransitionTime: now };
  };
  return {
    capacity: room,
    allocatable: room,
    addresses: [
      { type: 'InternalIP', address: internalOf(place).ipv4 },
      { type: 'InternalIP', address: internalOf(place).ipv6 },
      { type: 'Hostname', address: place.name },
      { type: 'ExternalDNS', address: internalOf(controlPlace({ nodes: 0, mgmt: place.mgmt !== undefined })).ipv4 },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    conditions: [
      healthy('MemoryPressure', 'KubeletHasSufficientMemory'),
      healthy('DiskPressure', 'KubeletHasNoDiskPressure'),
      healthy('PIDPressure', 'KubeletHasSufficientPID'),
      healthy('Ready', 'KubeletReady', 'True'),
    ],
    nodeInfo: {
      ...{
        machineID: place.name,
        systemUUID: place.name,
        bootID: place.name,
        kernelVersion: '',
        osImage: 'arpeggio lab',
      },
      ...{ containerRuntimeVersion: 'lab://1', kubeletVersion: 'v1.36.3', kubeProxyVersion: 'v1.36.3' },
      ...{ operatingSystem: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch },
    },
  };
}

export function leaseObject(place: Place, nodeUid: string, renewTime: string) {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: place.name,
      namespace: 'kube-node-lease',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: place.name, uid: nodeUid }],
    },
    spec: { holderIdentity: place.name, leaseDurationSeconds: leaseSeconds, renewTime },
  };
}
