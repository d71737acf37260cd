/******/ // The require scope
/******/ var __nccwpck_require__ = {};
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
var __webpack_exports__ = {};
/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   Hq: () => (/* binding */ refuse),
/* harmony export */   Qq: () => (/* binding */ HttpClient),
/* harmony export */   hd: () => (/* binding */ refuse),
/* harmony export */   tZ: () => (/* binding */ refuse)
/* harmony export */ });
/**
 * Replaces packages that GitHub's toolkit imports, but only for what the action does not use. Only what runs while the toolkit
 * is loaded works.
 */
function refuse() {
    throw new Error('this package is left out of the built action: see Dependencies in CONTRIBUTING.md');
}
/** Octokit's default `fetch` would use it: the action gives Octokit its own. */
class HttpClient {
    getAgent = () => undefined;
    getAgentDispatcher = () => undefined;
}


var __webpack_exports__BearerCredentialHandler = __webpack_exports__.tZ;
var __webpack_exports__HttpClient = __webpack_exports__.Qq;
var __webpack_exports__fetch = __webpack_exports__.hd;
var __webpack_exports__getExecOutput = __webpack_exports__.Hq;
export { __webpack_exports__BearerCredentialHandler as BearerCredentialHandler, __webpack_exports__HttpClient as HttpClient, __webpack_exports__fetch as fetch, __webpack_exports__getExecOutput as getExecOutput };
