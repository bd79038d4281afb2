/** All tests with a real engine, those that wait for elections included (`npm run test:cluster`). */
import { CLUSTER, CLUSTER_LONG, suite } from '../vitest.config.ts';

export default suite([
  {
    extends: true,
    test: { name: 'cluster', include: [CLUSTER, CLUSTER_LONG], isolate: false, fileParallelism: false },
  },
]);
