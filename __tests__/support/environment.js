import vm from 'node:vm';

import { TestEnvironment } from 'jest-environment-node';

/** Jest's environment for Node, in a context without interceptors for globals: these slow down every loop that uses one. */
export default class extends TestEnvironment {
  constructor(...args) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
  }
}
