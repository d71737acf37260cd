import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 803:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const { websocketMask, websocketUnmask } = __nccwpck_require__(611);
const {
  types: { isAnyArrayBuffer }
} = __nccwpck_require__(23);

const { EMPTY_BUFFER } = __nccwpck_require__(791);

const FastBuffer = Buffer[Symbol.species];

/**
 * Merges an array of buffers into a new buffer.
 *
 * @param {Buffer[]} list The array of buffers to concat
 * @param {Number} totalLength The total length of buffers in the list
 * @return {Buffer} The resulting buffer
 * @public
 */
function concat(list, totalLength) {
  if (list.length === 0) return EMPTY_BUFFER;
  if (list.length === 1) return list[0];

  const target = Buffer.allocUnsafe(totalLength);
  let offset = 0;

  for (let i = 0; i < list.length; i++) {
    const buf = list[i];
    target.set(buf, offset);
    offset += buf.length;
  }

  if (offset < totalLength) {
    return new FastBuffer(target.buffer, target.byteOffset, offset);
  }

  return target;
}

/**
 * Masks a buffer using the given mask.
 *
 * @param {Buffer} source The buffer to mask
 * @param {Buffer} mask The mask to use
 * @param {Buffer} output The buffer where to store the result
 * @param {Number} offset The offset at which to start writing
 * @param {Number} length The number of bytes to mask.
 * @public
 */
function _mask(source, mask, output, offset, length) {
  for (let i = 0; i < length; i++) {
    output[offset + i] = source[i] ^ mask[i & 3];
  }
}

/**
 * Unmasks a buffer using the given mask.
 *
 * @param {Buffer} buffer The buffer to unmask
 * @param {Buffer} mask The mask to use
 * @public
 */
function _unmask(buffer, mask) {
  for (let i = 0; i < buffer.length; i++) {
    buffer[i] ^= mask[i & 3];
  }
}

/**
 * Converts a buffer to an `ArrayBuffer`.
 *
 * @param {Buffer} buf The buffer to convert
 * @return {ArrayBuffer} Converted buffer
 * @public
 */
function toArrayBuffer(buf) {
  if (buf.length === buf.buffer.byteLength) {
    return buf.buffer;
  }

  return buf.buffer.slice(buf.byteOffset, buf.byteOffset + buf.length);
}

/**
 * Converts `data` to a `Buffer`.
 *
 * @param {*} data The data to convert
 * @return {Buffer} The buffer
 * @throws {TypeError}
 * @public
 */
function toBuffer(data) {
  toBuffer.readOnly = true;

  if (Buffer.isBuffer(data)) return data;

  let buf;

  if (isAnyArrayBuffer(data)) {
    buf = new FastBuffer(data);
  } else if (ArrayBuffer.isView(data)) {
    buf = new FastBuffer(data.buffer, data.byteOffset, data.byteLength);
  } else {
    buf = Buffer.from(data);
    toBuffer.readOnly = false;
  }

  return buf;
}

module.exports = {
  concat,
  mask: _mask,
  toArrayBuffer,
  toBuffer,
  unmask: _unmask
};

if (websocketMask) {
  module.exports.mask = function (source, mask, output, offset, length) {
    if (length < 24) _mask(source, mask, output, offset, length);
    else websocketMask(source, mask, output, offset, length);
  };

  module.exports.unmask = function (buffer, mask) {
    if (buffer.length < 24) _unmask(buffer, mask);
    else websocketUnmask(buffer, mask);
  };
} /* istanbul ignore else  */ else if (!process.env.WS_NO_BUFFER_UTIL) {
  try {
    const bufferUtil = __nccwpck_require__(327);

    module.exports.mask = function (source, mask, output, offset, length) {
      if (length < 48) _mask(source, mask, output, offset, length);
      else bufferUtil.mask(source, mask, output, offset, length);
    };

    module.exports.unmask = function (buffer, mask) {
      if (buffer.length < 32) _unmask(buffer, mask);
      else bufferUtil.unmask(buffer, mask);
    };
  } catch (e) {
    // Continue regardless of the error.
  }
}


/***/ }),

/***/ 791:
/***/ ((module) => {



const BINARY_TYPES = ['nodebuffer', 'arraybuffer', 'fragments'];
const hasBlob = typeof Blob !== 'undefined';

if (hasBlob) BINARY_TYPES.push('blob');

module.exports = {
  BINARY_TYPES,
  CLOSE_TIMEOUT: 30000,
  EMPTY_BUFFER: Buffer.alloc(0),
  GUID: '258EAFA5-E914-47DA-95CA-C5AB0DC85B11',
  hasBlob,
  kForOnEventAttribute: Symbol('kIsForOnEventAttribute'),
  kListener: Symbol('kListener'),
  kStatusCode: Symbol('status-code'),
  kWebSocket: Symbol('websocket'),
  NOOP: () => {}
};


/***/ }),

/***/ 634:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const { kForOnEventAttribute, kListener } = __nccwpck_require__(791);

const kCode = Symbol('kCode');
const kData = Symbol('kData');
const kError = Symbol('kError');
const kMessage = Symbol('kMessage');
const kReason = Symbol('kReason');
const kTarget = Symbol('kTarget');
const kType = Symbol('kType');
const kWasClean = Symbol('kWasClean');

/**
 * Class representing an event.
 */
class Event {
  /**
   * Create a new `Event`.
   *
   * @param {String} type The name of the event
   * @throws {TypeError} If the `type` argument is not specified
   */
  constructor(type) {
    this[kTarget] = null;
    this[kType] = type;
  }

  /**
   * @type {*}
   */
  get target() {
    return this[kTarget];
  }

  /**
   * @type {String}
   */
  get type() {
    return this[kType];
  }
}

Object.defineProperty(Event.prototype, 'target', { enumerable: true });
Object.defineProperty(Event.prototype, 'type', { enumerable: true });

/**
 * Class representing a close event.
 *
 * @extends Event
 */
class CloseEvent extends Event {
  /**
   * Create a new `CloseEvent`.
   *
   * @param {String} type The name of the event
   * @param {Object} [options] A dictionary object that allows for setting
   *     attributes via object members of the same name
   * @param {Number} [options.code=0] The status code explaining why the
   *     connection was closed
   * @param {String} [options.reason=''] A human-readable string explaining why
   *     the connection was closed
   * @param {Boolean} [options.wasClean=false] Indicates whether or not the
   *     connection was cleanly closed
   */
  constructor(type, options = {}) {
    super(type);

    this[kCode] = options.code === undefined ? 0 : options.code;
    this[kReason] = options.reason === undefined ? '' : options.reason;
    this[kWasClean] = options.wasClean === undefined ? false : options.wasClean;
  }

  /**
   * @type {Number}
   */
  get code() {
    return this[kCode];
  }

  /**
   * @type {String}
   */
  get reason() {
    return this[kReason];
  }

  /**
   * @type {Boolean}
   */
  get wasClean() {
    return this[kWasClean];
  }
}

Object.defineProperty(CloseEvent.prototype, 'code', { enumerable: true });
Object.defineProperty(CloseEvent.prototype, 'reason', { enumerable: true });
Object.defineProperty(CloseEvent.prototype, 'wasClean', { enumerable: true });

/**
 * Class representing an error event.
 *
 * @extends Event
 */
class ErrorEvent extends Event {
  /**
   * Create a new `ErrorEvent`.
   *
   * @param {String} type The name of the event
   * @param {Object} [options] A dictionary object that allows for setting
   *     attributes via object members of the same name
   * @param {*} [options.error=null] The error that generated this event
   * @param {String} [options.message=''] The error message
   */
  constructor(type, options = {}) {
    super(type);

    this[kError] = options.error === undefined ? null : options.error;
    this[kMessage] = options.message === undefined ? '' : options.message;
  }

  /**
   * @type {*}
   */
  get error() {
    return this[kError];
  }

  /**
   * @type {String}
   */
  get message() {
    return this[kMessage];
  }
}

Object.defineProperty(ErrorEvent.prototype, 'error', { enumerable: true });
Object.defineProperty(ErrorEvent.prototype, 'message', { enumerable: true });

/**
 * Class representing a message event.
 *
 * @extends Event
 */
class MessageEvent extends Event {
  /**
   * Create a new `MessageEvent`.
   *
   * @param {String} type The name of the event
   * @param {Object} [options] A dictionary object that allows for setting
   *     attributes via object members of the same name
   * @param {*} [options.data=null] The message content
   */
  constructor(type, options = {}) {
    super(type);

    this[kData] = options.data === undefined ? null : options.data;
  }

  /**
   * @type {*}
   */
  get data() {
    return this[kData];
  }
}

Object.defineProperty(MessageEvent.prototype, 'data', { enumerable: true });

/**
 * This provides methods for emulating the `EventTarget` interface. It's not
 * meant to be used directly.
 *
 * @mixin
 */
const EventTarget = {
  /**
   * Register an event listener.
   *
   * @param {String} type A string representing the event type to listen for
   * @param {(Function|Object)} handler The listener to add
   * @param {Object} [options] An options object specifies characteristics about
   *     the event listener
   * @param {Boolean} [options.once=false] A `Boolean` indicating that the
   *     listener should be invoked at most once after being added. If `true`,
   *     the listener would be automatically removed when invoked.
   * @public
   */
  addEventListener(type, handler, options = {}) {
    for (const listener of this.listeners(type)) {
      if (
        !options[kForOnEventAttribute] &&
        listener[kListener] === handler &&
        !listener[kForOnEventAttribute]
      ) {
        return;
      }
    }

    let wrapper;

    if (type === 'message') {
      wrapper = function onMessage(data, isBinary) {
        const event = new MessageEvent('message', {
          data: isBinary ? data : data.toString()
        });

        event[kTarget] = this;
        callListener(handler, this, event);
      };
    } else if (type === 'close') {
      wrapper = function onClose(code, message) {
        const event = new CloseEvent('close', {
          code,
          reason: message.toString(),
          wasClean: this._closeFrameReceived && this._closeFrameSent
        });

        event[kTarget] = this;
        callListener(handler, this, event);
      };
    } else if (type === 'error') {
      wrapper = function onError(error) {
        const event = new ErrorEvent('error', {
          error,
          message: error.message
        });

        event[kTarget] = this;
        callListener(handler, this, event);
      };
    } else if (type === 'open') {
      wrapper = function onOpen() {
        const event = new Event('open');

        event[kTarget] = this;
        callListener(handler, this, event);
      };
    } else {
      return;
    }

    wrapper[kForOnEventAttribute] = !!options[kForOnEventAttribute];
    wrapper[kListener] = handler;

    if (options.once) {
      this.once(type, wrapper);
    } else {
      this.on(type, wrapper);
    }
  },

  /**
   * Remove an event listener.
   *
   * @param {String} type A string representing the event type to remove
   * @param {(Function|Object)} handler The listener to remove
   * @public
   */
  removeEventListener(type, handler) {
    for (const listener of this.listeners(type)) {
      if (listener[kListener] === handler && !listener[kForOnEventAttribute]) {
        this.removeListener(type, listener);
        break;
      }
    }
  }
};

module.exports = {
  CloseEvent,
  ErrorEvent,
  Event,
  EventTarget,
  MessageEvent
};

/**
 * Call an event listener
 *
 * @param {(Function|Object)} listener The listener to call
 * @param {*} thisArg The value to use as `this`` when calling the listener
 * @param {Event} event The event to pass to the listener
 * @private
 */
function callListener(listener, thisArg, event) {
  if (typeof listener === 'object' && listener.handleEvent) {
    listener.handleEvent.call(listener, event);
  } else {
    listener.call(thisArg, event);
  }
}


/***/ }),

/***/ 335:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const { tokenChars } = __nccwpck_require__(615);

/**
 * Adds an offer to the map of extension offers or a parameter to the map of
 * parameters.
 *
 * @param {Object} dest The map of extension offers or parameters
 * @param {String} name The extension or parameter name
 * @param {(Object|Boolean|String)} elem The extension parameters or the
 *     parameter value
 * @private
 */
function push(dest, name, elem) {
  if (dest[name] === undefined) dest[name] = [elem];
  else dest[name].push(elem);
}

/**
 * Parses the `Sec-WebSocket-Extensions` header into an object.
 *
 * @param {String} header The field value of the header
 * @return {Object} The parsed object
 * @public
 */
function parse(header) {
  const offers = Object.create(null);
  let params = Object.create(null);
  let mustUnescape = false;
  let isEscaping = false;
  let inQuotes = false;
  let extensionName;
  let paramName;
  let start = -1;
  let code = -1;
  let end = -1;
  let i = 0;

  for (; i < header.length; i++) {
    code = header.charCodeAt(i);

    if (extensionName === undefined) {
      if (end === -1 && tokenChars[code] === 1) {
        if (start === -1) start = i;
      } else if (
        i !== 0 &&
        (code === 0x20 /* ' ' */ || code === 0x09) /* '\t' */
      ) {
        if (end === -1 && start !== -1) end = i;
      } else if (code === 0x3b /* ';' */ || code === 0x2c /* ',' */) {
        if (start === -1) {
          throw new SyntaxError(`Unexpected character at index ${i}`);
        }

        if (end === -1) end = i;
        const name = header.slice(start, end);
        if (code === 0x2c) {
          push(offers, name, params);
          params = Object.create(null);
        } else {
          extensionName = name;
        }

        start = end = -1;
      } else {
        throw new SyntaxError(`Unexpected character at index ${i}`);
      }
    } else if (paramName === undefined) {
      if (end === -1 && tokenChars[code] === 1) {
        if (start === -1) start = i;
      } else if (code === 0x20 || code === 0x09) {
        if (end === -1 && start !== -1) end = i;
      } else if (code === 0x3b || code === 0x2c) {
        if (start === -1) {
          throw new SyntaxError(`Unexpected character at index ${i}`);
        }

        if (end === -1) end = i;
        push(params, header.slice(start, end), true);
        if (code === 0x2c) {
          push(offers, extensionName, params);
          params = Object.create(null);
          extensionName = undefined;
        }

        start = end = -1;
      } else if (code === 0x3d /* '=' */ && start !== -1 && end === -1) {
        paramName = header.slice(start, i);
        start = end = -1;
      } else {
        throw new SyntaxError(`Unexpected character at index ${i}`);
      }
    } else {
      //
      // The value of a quoted-string after unescaping must conform to the
      // token ABNF, so only token characters are valid.
      // Ref: https://tools.ietf.org/html/rfc6455#section-9.1
      //
      if (isEscaping) {
        if (tokenChars[code] !== 1) {
          throw new SyntaxError(`Unexpected character at index ${i}`);
        }
        if (start === -1) start = i;
        else if (!mustUnescape) mustUnescape = true;
        isEscaping = false;
      } else if (inQuotes) {
        if (tokenChars[code] === 1) {
          if (start === -1) start = i;
        } else if (code === 0x22 /* '"' */ && start !== -1) {
          inQuotes = false;
          end = i;
        } else if (code === 0x5c /* '\' */) {
          isEscaping = true;
        } else {
          throw new SyntaxError(`Unexpected character at index ${i}`);
        }
      } else if (code === 0x22 && header.charCodeAt(i - 1) === 0x3d) {
        inQuotes = true;
      } else if (end === -1 && tokenChars[code] === 1) {
        if (start === -1) start = i;
      } else if (start !== -1 && (code === 0x20 || code === 0x09)) {
        if (end === -1) end = i;
      } else if (code === 0x3b || code === 0x2c) {
        if (start === -1) {
          throw new SyntaxError(`Unexpected character at index ${i}`);
        }

        if (end === -1) end = i;
        let value = header.slice(start, end);
        if (mustUnescape) {
          value = value.replace(/\\/g, '');
          mustUnescape = false;
        }
        push(params, paramName, value);
        if (code === 0x2c) {
          push(offers, extensionName, params);
          params = Object.create(null);
          extensionName = undefined;
        }

        paramName = undefined;
        start = end = -1;
      } else {
        throw new SyntaxError(`Unexpected character at index ${i}`);
      }
    }
  }

  if (start === -1 || inQuotes || code === 0x20 || code === 0x09) {
    throw new SyntaxError('Unexpected end of input');
  }

  if (end === -1) end = i;
  const token = header.slice(start, end);
  if (extensionName === undefined) {
    push(offers, token, params);
  } else {
    if (paramName === undefined) {
      push(params, token, true);
    } else if (mustUnescape) {
      push(params, paramName, token.replace(/\\/g, ''));
    } else {
      push(params, paramName, token);
    }
    push(offers, extensionName, params);
  }

  return offers;
}

/**
 * Builds the `Sec-WebSocket-Extensions` header field value.
 *
 * @param {Object} extensions The map of extensions and parameters to format
 * @return {String} A string representing the given object
 * @public
 */
function format(extensions) {
  return Object.keys(extensions)
    .map((extension) => {
      let configurations = extensions[extension];
      if (!Array.isArray(configurations)) configurations = [configurations];
      return configurations
        .map((params) => {
          return [extension]
            .concat(
              Object.keys(params).map((k) => {
                let values = params[k];
                if (!Array.isArray(values)) values = [values];
                return values
                  .map((v) => (v === true ? k : `${k}=${v}`))
                  .join('; ');
              })
            )
            .join('; ');
        })
        .join(', ');
    })
    .join(', ');
}

module.exports = { format, parse };


/***/ }),

/***/ 958:
/***/ ((module) => {



const kDone = Symbol('kDone');
const kRun = Symbol('kRun');

/**
 * A very simple job queue with adjustable concurrency. Adapted from
 * https://github.com/STRML/async-limiter
 */
class Limiter {
  /**
   * Creates a new `Limiter`.
   *
   * @param {Number} [concurrency=Infinity] The maximum number of jobs allowed
   *     to run concurrently
   */
  constructor(concurrency) {
    this[kDone] = () => {
      this.pending--;
      this[kRun]();
    };
    this.concurrency = concurrency || Infinity;
    this.jobs = [];
    this.pending = 0;
  }

  /**
   * Adds a job to the queue.
   *
   * @param {Function} job The job to run
   * @public
   */
  add(job) {
    this.jobs.push(job);
    this[kRun]();
  }

  /**
   * Removes a job from the queue and runs it if possible.
   *
   * @private
   */
  [kRun]() {
    if (this.pending === this.concurrency) return;

    if (this.jobs.length) {
      const job = this.jobs.shift();

      this.pending++;
      job(this[kDone]);
    }
  }
}

module.exports = Limiter;


/***/ }),

/***/ 376:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const zlib = __nccwpck_require__(106);

const bufferUtil = __nccwpck_require__(803);
const Limiter = __nccwpck_require__(958);
const { kStatusCode } = __nccwpck_require__(791);

const FastBuffer = Buffer[Symbol.species];
const TRAILER = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const kPerMessageDeflate = Symbol('permessage-deflate');
const kTotalLength = Symbol('total-length');
const kCallback = Symbol('callback');
const kBuffers = Symbol('buffers');
const kError = Symbol('error');
const windowBitsRegex = /^(?:[89]|1[0-5])$/;

//
// We limit zlib concurrency, which prevents severe memory fragmentation
// as documented in https://github.com/nodejs/node/issues/8871#issuecomment-250915913
// and https://github.com/websockets/ws/issues/1202
//
// Intentionally global; it's the global thread pool that's an issue.
//
let zlibLimiter;

/**
 * permessage-deflate implementation.
 */
class PerMessageDeflate {
  /**
   * Creates a PerMessageDeflate instance.
   *
   * @param {Object} [options] Configuration options
   * @param {(Boolean|Number)} [options.clientMaxWindowBits] Advertise support
   *     for, or request, a custom client window size
   * @param {Boolean} [options.clientNoContextTakeover=false] Advertise/
   *     acknowledge disabling of client context takeover
   * @param {Number} [options.concurrencyLimit=10] The number of concurrent
   *     calls to zlib
   * @param {Boolean} [options.isServer=false] Create the instance in either
   *     server or client mode
   * @param {Number} [options.maxPayload=0] The maximum allowed message length
   * @param {(Boolean|Number)} [options.serverMaxWindowBits] Request/confirm the
   *     use of a custom server window size
   * @param {Boolean} [options.serverNoContextTakeover=false] Request/accept
   *     disabling of server context takeover
   * @param {Number} [options.threshold=1024] Size (in bytes) below which
   *     messages should not be compressed if context takeover is disabled
   * @param {Object} [options.zlibDeflateOptions] Options to pass to zlib on
   *     deflate
   * @param {Object} [options.zlibInflateOptions] Options to pass to zlib on
   *     inflate
   */
  constructor(options) {
    this._options = options || {};
    this._threshold =
      this._options.threshold !== undefined ? this._options.threshold : 1024;
    this._maxPayload = this._options.maxPayload | 0;
    this._isServer = !!this._options.isServer;
    this._deflate = null;
    this._inflate = null;

    this.params = null;

    if (!zlibLimiter) {
      const concurrency =
        this._options.concurrencyLimit !== undefined
          ? this._options.concurrencyLimit
          : 10;
      zlibLimiter = new Limiter(concurrency);
    }
  }

  /**
   * @type {String}
   */
  static get extensionName() {
    return 'permessage-deflate';
  }

  /**
   * Create an extension negotiation offer.
   *
   * @return {Object} Extension parameters
   * @public
   */
  offer() {
    const params = {};

    if (this._options.serverNoContextTakeover) {
      params.server_no_context_takeover = true;
    }
    if (this._options.clientNoContextTakeover) {
      params.client_no_context_takeover = true;
    }
    if (this._options.serverMaxWindowBits) {
      params.server_max_window_bits = this._options.serverMaxWindowBits;
    }
    if (this._options.clientMaxWindowBits) {
      params.client_max_window_bits = this._options.clientMaxWindowBits;
    } else if (this._options.clientMaxWindowBits == null) {
      params.client_max_window_bits = true;
    }

    return params;
  }

  /**
   * Accept an extension negotiation offer/response.
   *
   * @param {Array} configurations The extension negotiation offers/response
   * @return {Object} Accepted configuration
   * @public
   */
  accept(configurations) {
    configurations = this.normalizeParams(configurations);

    this.params = this._isServer
      ? this.acceptAsServer(configurations)
      : this.acceptAsClient(configurations);

    return this.params;
  }

  /**
   * Releases all resources used by the extension.
   *
   * @public
   */
  cleanup() {
    if (this._inflate) {
      this._inflate.close();
      this._inflate = null;
    }

    if (this._deflate) {
      const callback = this._deflate[kCallback];

      this._deflate.close();
      this._deflate = null;

      if (callback) {
        callback(
          new Error(
            'The deflate stream was closed while data was being processed'
          )
        );
      }
    }
  }

  /**
   *  Accept an extension negotiation offer.
   *
   * @param {Array} offers The extension negotiation offers
   * @return {Object} Accepted configuration
   * @private
   */
  acceptAsServer(offers) {
    const opts = this._options;
    const accepted = offers.find((params) => {
      if (
        (opts.serverNoContextTakeover === false &&
          params.server_no_context_takeover) ||
        (params.server_max_window_bits &&
          (opts.serverMaxWindowBits === false ||
            (typeof opts.serverMaxWindowBits === 'number' &&
              opts.serverMaxWindowBits > params.server_max_window_bits))) ||
        (typeof opts.clientMaxWindowBits === 'number' &&
          (typeof params.client_max_window_bits === 'number'
            ? opts.clientMaxWindowBits > params.client_max_window_bits
            : !params.client_max_window_bits))
      ) {
        return false;
      }

      return true;
    });

    if (!accepted) {
      throw new Error('None of the extension offers can be accepted');
    }

    if (opts.serverNoContextTakeover) {
      accepted.server_no_context_takeover = true;
    }
    if (opts.clientNoContextTakeover) {
      accepted.client_no_context_takeover = true;
    }
    if (typeof opts.serverMaxWindowBits === 'number') {
      accepted.server_max_window_bits = opts.serverMaxWindowBits;
    }
    if (typeof opts.clientMaxWindowBits === 'number') {
      accepted.client_max_window_bits = opts.clientMaxWindowBits;
    } else if (
      accepted.client_max_window_bits === true ||
      opts.clientMaxWindowBits === false
    ) {
      delete accepted.client_max_window_bits;
    }

    return accepted;
  }

  /**
   * Accept the extension negotiation response.
   *
   * @param {Array} response The extension negotiation response
   * @return {Object} Accepted configuration
   * @private
   */
  acceptAsClient(response) {
    const params = response[0];

    if (
      this._options.clientNoContextTakeover === false &&
      params.client_no_context_takeover
    ) {
      throw new Error('Unexpected parameter "client_no_context_takeover"');
    }

    if (!params.client_max_window_bits) {
      if (typeof this._options.clientMaxWindowBits === 'number') {
        params.client_max_window_bits = this._options.clientMaxWindowBits;
      }
    } else if (
      this._options.clientMaxWindowBits === false ||
      (typeof this._options.clientMaxWindowBits === 'number' &&
        params.client_max_window_bits > this._options.clientMaxWindowBits)
    ) {
      throw new Error(
        'Unexpected or invalid parameter "client_max_window_bits"'
      );
    }

    return params;
  }

  /**
   * Normalize parameters.
   *
   * @param {Array} configurations The extension negotiation offers/response
   * @return {Array} The offers/response with normalized parameters
   * @private
   */
  normalizeParams(configurations) {
    configurations.forEach((params) => {
      Object.keys(params).forEach((key) => {
        let value = params[key];

        if (value.length > 1) {
          throw new Error(`Parameter "${key}" must have only a single value`);
        }

        value = value[0];

        if (key === 'client_max_window_bits') {
          if (value !== true) {
            if (!windowBitsRegex.test(value)) {
              throw new TypeError(
                `Invalid value for parameter "${key}": ${value}`
              );
            }
            value = +value;
          } else if (!this._isServer) {
            throw new TypeError(
              `Invalid value for parameter "${key}": ${value}`
            );
          }
        } else if (key === 'server_max_window_bits') {
          if (!windowBitsRegex.test(value)) {
            throw new TypeError(
              `Invalid value for parameter "${key}": ${value}`
            );
          }
          value = +value;
        } else if (
          key === 'client_no_context_takeover' ||
          key === 'server_no_context_takeover'
        ) {
          if (value !== true) {
            throw new TypeError(
              `Invalid value for parameter "${key}": ${value}`
            );
          }
        } else {
          throw new Error(`Unknown parameter "${key}"`);
        }

        params[key] = value;
      });
    });

    return configurations;
  }

  /**
   * Decompress data. Concurrency limited.
   *
   * @param {Buffer} data Compressed data
   * @param {Boolean} fin Specifies whether or not this is the last fragment
   * @param {Function} callback Callback
   * @public
   */
  decompress(data, fin, callback) {
    zlibLimiter.add((done) => {
      this._decompress(data, fin, (err, result) => {
        done();
        callback(err, result);
      });
    });
  }

  /**
   * Compress data. Concurrency limited.
   *
   * @param {(Buffer|String)} data Data to compress
   * @param {Boolean} fin Specifies whether or not this is the last fragment
   * @param {Function} callback Callback
   * @public
   */
  compress(data, fin, callback) {
    zlibLimiter.add((done) => {
      this._compress(data, fin, (err, result) => {
        done();
        callback(err, result);
      });
    });
  }

  /**
   * Decompress data.
   *
   * @param {Buffer} data Compressed data
   * @param {Boolean} fin Specifies whether or not this is the last fragment
   * @param {Function} callback Callback
   * @private
   */
  _decompress(data, fin, callback) {
    const endpoint = this._isServer ? 'client' : 'server';

    if (!this._inflate) {
      const key = `${endpoint}_max_window_bits`;
      const windowBits =
        typeof this.params[key] !== 'number'
          ? zlib.Z_DEFAULT_WINDOWBITS
          : this.params[key];

      this._inflate = zlib.createInflateRaw({
        ...this._options.zlibInflateOptions,
        windowBits
      });
      this._inflate[kPerMessageDeflate] = this;
      this._inflate[kTotalLength] = 0;
      this._inflate[kBuffers] = [];
      this._inflate.on('error', inflateOnError);
      this._inflate.on('data', inflateOnData);
    }

    this._inflate[kCallback] = callback;

    this._inflate.write(data);
    if (fin) this._inflate.write(TRAILER);

    this._inflate.flush(() => {
      const err = this._inflate[kError];

      if (err) {
        this._inflate.close();
        this._inflate = null;
        callback(err);
        return;
      }

      const data = bufferUtil.concat(
        this._inflate[kBuffers],
        this._inflate[kTotalLength]
      );

      if (this._inflate._readableState.endEmitted) {
        this._inflate.close();
        this._inflate = null;
      } else {
        this._inflate[kTotalLength] = 0;
        this._inflate[kBuffers] = [];

        if (fin && this.params[`${endpoint}_no_context_takeover`]) {
          this._inflate.reset();
        }
      }

      callback(null, data);
    });
  }

  /**
   * Compress data.
   *
   * @param {(Buffer|String)} data Data to compress
   * @param {Boolean} fin Specifies whether or not this is the last fragment
   * @param {Function} callback Callback
   * @private
   */
  _compress(data, fin, callback) {
    const endpoint = this._isServer ? 'server' : 'client';

    if (!this._deflate) {
      const key = `${endpoint}_max_window_bits`;
      const windowBits =
        typeof this.params[key] !== 'number'
          ? zlib.Z_DEFAULT_WINDOWBITS
          : this.params[key];

      this._deflate = zlib.createDeflateRaw({
        ...this._options.zlibDeflateOptions,
        windowBits
      });

      this._deflate[kTotalLength] = 0;
      this._deflate[kBuffers] = [];

      this._deflate.on('data', deflateOnData);
    }

    this._deflate[kCallback] = callback;

    this._deflate.write(data);
    this._deflate.flush(zlib.Z_SYNC_FLUSH, () => {
      if (!this._deflate) {
        //
        // The deflate stream was closed while data was being processed.
        //
        return;
      }

      let data = bufferUtil.concat(
        this._deflate[kBuffers],
        this._deflate[kTotalLength]
      );

      if (fin) {
        data = new FastBuffer(data.buffer, data.byteOffset, data.length - 4);
      }

      //
      // Ensure that the callback will not be called again in
      // `PerMessageDeflate#cleanup()`.
      //
      this._deflate[kCallback] = null;

      this._deflate[kTotalLength] = 0;
      this._deflate[kBuffers] = [];

      if (fin && this.params[`${endpoint}_no_context_takeover`]) {
        this._deflate.reset();
      }

      callback(null, data);
    });
  }
}

module.exports = PerMessageDeflate;

/**
 * The listener of the `zlib.DeflateRaw` stream `'data'` event.
 *
 * @param {Buffer} chunk A chunk of data
 * @private
 */
function deflateOnData(chunk) {
  this[kBuffers].push(chunk);
  this[kTotalLength] += chunk.length;
}

/**
 * The listener of the `zlib.InflateRaw` stream `'data'` event.
 *
 * @param {Buffer} chunk A chunk of data
 * @private
 */
function inflateOnData(chunk) {
  this[kTotalLength] += chunk.length;

  if (
    this[kPerMessageDeflate]._maxPayload < 1 ||
    this[kTotalLength] <= this[kPerMessageDeflate]._maxPayload
  ) {
    this[kBuffers].push(chunk);
    return;
  }

  this[kError] = new RangeError('Max payload size exceeded');
  this[kError].code = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
  this[kError][kStatusCode] = 1009;
  this.removeListener('data', inflateOnData);

  //
  // The choice to employ `zlib.reset()` over `zlib.close()` is dictated by the
  // fact that in Node.js versions prior to 13.10.0, the callback for
  // `zlib.flush()` is not called if `zlib.close()` is used. Utilizing
  // `zlib.reset()` ensures that either the callback is invoked or an error is
  // emitted.
  //
  this.reset();
}

/**
 * The listener of the `zlib.InflateRaw` stream `'error'` event.
 *
 * @param {Error} err The emitted error
 * @private
 */
function inflateOnError(err) {
  //
  // There is no need to call `Zlib#close()` as the handle is automatically
  // closed when an error is emitted.
  //
  this[kPerMessageDeflate]._inflate = null;

  if (this[kError]) {
    this[kCallback](this[kError]);
    return;
  }

  err[kStatusCode] = 1007;
  this[kCallback](err);
}


/***/ }),

/***/ 893:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const { Writable } = __nccwpck_require__(203);

const PerMessageDeflate = __nccwpck_require__(376);
const {
  BINARY_TYPES,
  EMPTY_BUFFER,
  kStatusCode,
  kWebSocket
} = __nccwpck_require__(791);
const { concat, toArrayBuffer, unmask } = __nccwpck_require__(803);
const { isValidStatusCode, isValidUTF8 } = __nccwpck_require__(615);

const FastBuffer = Buffer[Symbol.species];

const GET_INFO = 0;
const GET_PAYLOAD_LENGTH_16 = 1;
const GET_PAYLOAD_LENGTH_64 = 2;
const GET_MASK = 3;
const GET_DATA = 4;
const INFLATING = 5;
const DEFER_EVENT = 6;

/**
 * HyBi Receiver implementation.
 *
 * @extends Writable
 */
class Receiver extends Writable {
  /**
   * Creates a Receiver instance.
   *
   * @param {Object} [options] Options object
   * @param {Boolean} [options.allowSynchronousEvents=true] Specifies whether
   *     any of the `'message'`, `'ping'`, and `'pong'` events can be emitted
   *     multiple times in the same tick
   * @param {String} [options.binaryType=nodebuffer] The type for binary data
   * @param {Object} [options.extensions] An object containing the negotiated
   *     extensions
   * @param {Boolean} [options.isServer=false] Specifies whether to operate in
   *     client or server mode
   * @param {Number} [options.maxBufferedChunks=0] The maximum number of
   *     buffered data chunks
   * @param {Number} [options.maxFragments=0] The maximum number of message
   *     fragments
   * @param {Number} [options.maxPayload=0] The maximum allowed message length
   * @param {Boolean} [options.skipUTF8Validation=false] Specifies whether or
   *     not to skip UTF-8 validation for text and close messages
   */
  constructor(options = {}) {
    super();

    this._allowSynchronousEvents =
      options.allowSynchronousEvents !== undefined
        ? options.allowSynchronousEvents
        : true;
    this._binaryType = options.binaryType || BINARY_TYPES[0];
    this._extensions = options.extensions || {};
    this._isServer = !!options.isServer;
    this._maxBufferedChunks = options.maxBufferedChunks | 0;
    this._maxFragments = options.maxFragments | 0;
    this._maxPayload = options.maxPayload | 0;
    this._skipUTF8Validation = !!options.skipUTF8Validation;
    this[kWebSocket] = undefined;

    this._bufferedBytes = 0;
    this._buffers = [];

    this._compressed = false;
    this._payloadLength = 0;
    this._mask = undefined;
    this._fragmented = 0;
    this._masked = false;
    this._fin = false;
    this._opcode = 0;

    this._totalPayloadLength = 0;
    this._messageLength = 0;
    this._numFragments = 0;
    this._fragments = [];

    this._errored = false;
    this._loop = false;
    this._state = GET_INFO;
  }

  /**
   * Implements `Writable.prototype._write()`.
   *
   * @param {Buffer} chunk The chunk of data to write
   * @param {String} encoding The character encoding of `chunk`
   * @param {Function} cb Callback
   * @private
   */
  _write(chunk, encoding, cb) {
    if (this._opcode === 0x08 && this._state == GET_INFO) return cb();

    if (
      this._maxBufferedChunks > 0 &&
      this._buffers.length >= this._maxBufferedChunks
    ) {
      cb(
        this.createError(
          RangeError,
          'Too many buffered chunks',
          false,
          1008,
          'WS_ERR_TOO_MANY_BUFFERED_PARTS'
        )
      );
      return;
    }

    this._bufferedBytes += chunk.length;
    this._buffers.push(chunk);
    this.startLoop(cb);
  }

  /**
   * Consumes `n` bytes from the buffered data.
   *
   * @param {Number} n The number of bytes to consume
   * @return {Buffer} The consumed bytes
   * @private
   */
  consume(n) {
    this._bufferedBytes -= n;

    if (n === this._buffers[0].length) return this._buffers.shift();

    if (n < this._buffers[0].length) {
      const buf = this._buffers[0];
      this._buffers[0] = new FastBuffer(
        buf.buffer,
        buf.byteOffset + n,
        buf.length - n
      );

      return new FastBuffer(buf.buffer, buf.byteOffset, n);
    }

    const dst = Buffer.allocUnsafe(n);

    do {
      const buf = this._buffers[0];
      const offset = dst.length - n;

      if (n >= buf.length) {
        dst.set(this._buffers.shift(), offset);
      } else {
        dst.set(new Uint8Array(buf.buffer, buf.byteOffset, n), offset);
        this._buffers[0] = new FastBuffer(
          buf.buffer,
          buf.byteOffset + n,
          buf.length - n
        );
      }

      n -= buf.length;
    } while (n > 0);

    return dst;
  }

  /**
   * Starts the parsing loop.
   *
   * @param {Function} cb Callback
   * @private
   */
  startLoop(cb) {
    this._loop = true;

    do {
      switch (this._state) {
        case GET_INFO:
          this.getInfo(cb);
          break;
        case GET_PAYLOAD_LENGTH_16:
          this.getPayloadLength16(cb);
          break;
        case GET_PAYLOAD_LENGTH_64:
          this.getPayloadLength64(cb);
          break;
        case GET_MASK:
          this.getMask();
          break;
        case GET_DATA:
          this.getData(cb);
          break;
        case INFLATING:
        case DEFER_EVENT:
          this._loop = false;
          return;
      }
    } while (this._loop);

    if (!this._errored) cb();
  }

  /**
   * Reads the first two bytes of a frame.
   *
   * @param {Function} cb Callback
   * @private
   */
  getInfo(cb) {
    if (this._bufferedBytes < 2) {
      this._loop = false;
      return;
    }

    let buf = this._buffers[0];

    if (buf.length > 2) {
      //
      // Only advance `this._buffers[0]` by 2 bytes. The first 2 bytes can
      // be read directly from `buf` without allocating another buffer via
      // `this.consume(2)`.
      //
      this._bufferedBytes -= 2;
      this._buffers[0] = new FastBuffer(
        buf.buffer,
        buf.byteOffset + 2,
        buf.length - 2
      );
    } else {
      buf = this.consume(2);
    }

    if ((buf[0] & 0x30) !== 0x00) {
      const error = this.createError(
        RangeError,
        'RSV2 and RSV3 must be clear',
        true,
        1002,
        'WS_ERR_UNEXPECTED_RSV_2_3'
      );

      cb(error);
      return;
    }

    const compressed = (buf[0] & 0x40) === 0x40;

    if (compressed && !this._extensions[PerMessageDeflate.extensionName]) {
      const error = this.createError(
        RangeError,
        'RSV1 must be clear',
        true,
        1002,
        'WS_ERR_UNEXPECTED_RSV_1'
      );

      cb(error);
      return;
    }

    this._fin = (buf[0] & 0x80) === 0x80;
    this._opcode = buf[0] & 0x0f;
    this._payloadLength = buf[1] & 0x7f;

    if (this._opcode === 0x00) {
      if (compressed) {
        const error = this.createError(
          RangeError,
          'RSV1 must be clear',
          true,
          1002,
          'WS_ERR_UNEXPECTED_RSV_1'
        );

        cb(error);
        return;
      }

      if (!this._fragmented) {
        const error = this.createError(
          RangeError,
          'invalid opcode 0',
          true,
          1002,
          'WS_ERR_INVALID_OPCODE'
        );

        cb(error);
        return;
      }

      this._opcode = this._fragmented;
    } else if (this._opcode === 0x01 || this._opcode === 0x02) {
      if (this._fragmented) {
        const error = this.createError(
          RangeError,
          `invalid opcode ${this._opcode}`,
          true,
          1002,
          'WS_ERR_INVALID_OPCODE'
        );

        cb(error);
        return;
      }

      this._compressed = compressed;
    } else if (this._opcode > 0x07 && this._opcode < 0x0b) {
      if (!this._fin) {
        const error = this.createError(
          RangeError,
          'FIN must be set',
          true,
          1002,
          'WS_ERR_EXPECTED_FIN'
        );

        cb(error);
        return;
      }

      if (compressed) {
        const error = this.createError(
          RangeError,
          'RSV1 must be clear',
          true,
          1002,
          'WS_ERR_UNEXPECTED_RSV_1'
        );

        cb(error);
        return;
      }

      if (
        this._payloadLength > 0x7d ||
        (this._opcode === 0x08 && this._payloadLength === 1)
      ) {
        const error = this.createError(
          RangeError,
          `invalid payload length ${this._payloadLength}`,
          true,
          1002,
          'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'
        );

        cb(error);
        return;
      }
    } else {
      const error = this.createError(
        RangeError,
        `invalid opcode ${this._opcode}`,
        true,
        1002,
        'WS_ERR_INVALID_OPCODE'
      );

      cb(error);
      return;
    }

    if (!this._fin && !this._fragmented) this._fragmented = this._opcode;
    this._masked = (buf[1] & 0x80) === 0x80;

    if (this._isServer) {
      if (!this._masked) {
        const error = this.createError(
          RangeError,
          'MASK must be set',
          true,
          1002,
          'WS_ERR_EXPECTED_MASK'
        );

        cb(error);
        return;
      }
    } else if (this._masked) {
      const error = this.createError(
        RangeError,
        'MASK must be clear',
        true,
        1002,
        'WS_ERR_UNEXPECTED_MASK'
      );

      cb(error);
      return;
    }

    if (this._payloadLength === 126) this._state = GET_PAYLOAD_LENGTH_16;
    else if (this._payloadLength === 127) this._state = GET_PAYLOAD_LENGTH_64;
    else this.haveLength(cb);
  }

  /**
   * Gets extended payload length (7+16).
   *
   * @param {Function} cb Callback
   * @private
   */
  getPayloadLength16(cb) {
    if (this._bufferedBytes < 2) {
      this._loop = false;
      return;
    }

    this._payloadLength = this.consume(2).readUInt16BE(0);
    this.haveLength(cb);
  }

  /**
   * Gets extended payload length (7+64).
   *
   * @param {Function} cb Callback
   * @private
   */
  getPayloadLength64(cb) {
    if (this._bufferedBytes < 8) {
      this._loop = false;
      return;
    }

    const buf = this.consume(8);
    const num = buf.readUInt32BE(0);

    //
    // The maximum safe integer in JavaScript is 2^53 - 1. An error is returned
    // if payload length is greater than this number.
    //
    if (num > Math.pow(2, 53 - 32) - 1) {
      const error = this.createError(
        RangeError,
        'Unsupported WebSocket frame: payload length > 2^53 - 1',
        false,
        1009,
        'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'
      );

      cb(error);
      return;
    }

    this._payloadLength = num * Math.pow(2, 32) + buf.readUInt32BE(4);
    this.haveLength(cb);
  }

  /**
   * Payload length has been read.
   *
   * @param {Function} cb Callback
   * @private
   */
  haveLength(cb) {
    if (this._payloadLength && this._opcode < 0x08) {
      this._totalPayloadLength += this._payloadLength;
      if (this._totalPayloadLength > this._maxPayload && this._maxPayload > 0) {
        const error = this.createError(
          RangeError,
          'Max payload size exceeded',
          false,
          1009,
          'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
        );

        cb(error);
        return;
      }
    }

    if (this._masked) this._state = GET_MASK;
    else this._state = GET_DATA;
  }

  /**
   * Reads mask bytes.
   *
   * @private
   */
  getMask() {
    if (this._bufferedBytes < 4) {
      this._loop = false;
      return;
    }

    this._mask = this.consume(4);
    this._state = GET_DATA;
  }

  /**
   * Reads data bytes.
   *
   * @param {Function} cb Callback
   * @private
   */
  getData(cb) {
    let data = EMPTY_BUFFER;

    if (this._payloadLength) {
      if (this._bufferedBytes < this._payloadLength) {
        this._loop = false;
        return;
      }

      data = this.consume(this._payloadLength);

      if (
        this._masked &&
        (this._mask[0] | this._mask[1] | this._mask[2] | this._mask[3]) !== 0
      ) {
        unmask(data, this._mask);
      }
    }

    //
    // The mask is a view into the buffer the stream delivered, which is commonly
    // 64 KiB, and it is not needed once the payload above has been unmasked.
    // Leaving it set would pin that whole buffer until the next frame arrives,
    // which on an idle connection can be indefinitely.
    //
    this._mask = undefined;

    if (this._opcode > 0x07) {
      this.controlMessage(data, cb);
      return;
    }

    if (this._maxFragments > 0 && ++this._numFragments > this._maxFragments) {
      const error = this.createError(
        RangeError,
        'Too many message fragments',
        false,
        1008,
        'WS_ERR_TOO_MANY_BUFFERED_PARTS'
      );

      cb(error);
      return;
    }

    if (this._compressed) {
      this._state = INFLATING;
      this.decompress(data, cb);
      return;
    }

    if (data.length) {
      //
      // This message is not compressed so its length is the sum of the payload
      // length of all fragments.
      //
      this._messageLength = this._totalPayloadLength;
      this._fragments.push(data);
    }

    this.dataMessage(cb);
  }

  /**
   * Decompresses data.
   *
   * @param {Buffer} data Compressed data
   * @param {Function} cb Callback
   * @private
   */
  decompress(data, cb) {
    const perMessageDeflate = this._extensions[PerMessageDeflate.extensionName];

    perMessageDeflate.decompress(data, this._fin, (err, buf) => {
      if (err) return cb(err);

      if (buf.length) {
        this._messageLength += buf.length;
        if (this._messageLength > this._maxPayload && this._maxPayload > 0) {
          const error = this.createError(
            RangeError,
            'Max payload size exceeded',
            false,
            1009,
            'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
          );

          cb(error);
          return;
        }

        this._fragments.push(buf);
      }

      this.dataMessage(cb);
      if (this._state === GET_INFO) this.startLoop(cb);
    });
  }

  /**
   * Handles a data message.
   *
   * @param {Function} cb Callback
   * @private
   */
  dataMessage(cb) {
    if (!this._fin) {
      this._state = GET_INFO;
      return;
    }

    const messageLength = this._messageLength;
    const fragments = this._fragments;

    this._totalPayloadLength = 0;
    this._messageLength = 0;
    this._fragmented = 0;
    this._numFragments = 0;
    this._fragments = [];

    if (this._opcode === 2) {
      let data;

      if (this._binaryType === 'nodebuffer') {
        data = concat(fragments, messageLength);
      } else if (this._binaryType === 'arraybuffer') {
        data = toArrayBuffer(concat(fragments, messageLength));
      } else if (this._binaryType === 'blob') {
        data = new Blob(fragments);
      } else {
        data = fragments;
      }

      if (this._allowSynchronousEvents) {
        this.emit('message', data, true);
        this._state = GET_INFO;
      } else {
        this._state = DEFER_EVENT;
        setImmediate(() => {
          this.emit('message', data, true);
          this._state = GET_INFO;
          this.startLoop(cb);
        });
      }
    } else {
      const buf = concat(fragments, messageLength);

      if (!this._skipUTF8Validation && !isValidUTF8(buf)) {
        const error = this.createError(
          Error,
          'invalid UTF-8 sequence',
          true,
          1007,
          'WS_ERR_INVALID_UTF8'
        );

        cb(error);
        return;
      }

      if (this._state === INFLATING || this._allowSynchronousEvents) {
        this.emit('message', buf, false);
        this._state = GET_INFO;
      } else {
        this._state = DEFER_EVENT;
        setImmediate(() => {
          this.emit('message', buf, false);
          this._state = GET_INFO;
          this.startLoop(cb);
        });
      }
    }
  }

  /**
   * Handles a control message.
   *
   * @param {Buffer} data Data to handle
   * @return {(Error|RangeError|undefined)} A possible error
   * @private
   */
  controlMessage(data, cb) {
    if (this._opcode === 0x08) {
      if (data.length === 0) {
        this._loop = false;
        this.emit('conclude', 1005, EMPTY_BUFFER);
        this.end();
      } else {
        const code = data.readUInt16BE(0);

        if (!isValidStatusCode(code)) {
          const error = this.createError(
            RangeError,
            `invalid status code ${code}`,
            true,
            1002,
            'WS_ERR_INVALID_CLOSE_CODE'
          );

          cb(error);
          return;
        }

        const buf = new FastBuffer(
          data.buffer,
          data.byteOffset + 2,
          data.length - 2
        );

        if (!this._skipUTF8Validation && !isValidUTF8(buf)) {
          const error = this.createError(
            Error,
            'invalid UTF-8 sequence',
            true,
            1007,
            'WS_ERR_INVALID_UTF8'
          );

          cb(error);
          return;
        }

        this._loop = false;
        this.emit('conclude', code, buf);
        this.end();
      }

      this._state = GET_INFO;
      return;
    }

    if (this._allowSynchronousEvents) {
      this.emit(this._opcode === 0x09 ? 'ping' : 'pong', data);
      this._state = GET_INFO;
    } else {
      this._state = DEFER_EVENT;
      setImmediate(() => {
        this.emit(this._opcode === 0x09 ? 'ping' : 'pong', data);
        this._state = GET_INFO;
        this.startLoop(cb);
      });
    }
  }

  /**
   * Builds an error object.
   *
   * @param {function(new:Error|RangeError)} ErrorCtor The error constructor
   * @param {String} message The error message
   * @param {Boolean} prefix Specifies whether or not to add a default prefix to
   *     `message`
   * @param {Number} statusCode The status code
   * @param {String} errorCode The exposed error code
   * @return {(Error|RangeError)} The error
   * @private
   */
  createError(ErrorCtor, message, prefix, statusCode, errorCode) {
    this._loop = false;
    this._errored = true;

    const err = new ErrorCtor(
      prefix ? `Invalid WebSocket frame: ${message}` : message
    );

    Error.captureStackTrace(err, this.createError);
    err.code = errorCode;
    err[kStatusCode] = statusCode;
    return err;
  }
}

module.exports = Receiver;


/***/ }),

/***/ 389:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

/* eslint no-unused-vars: ["error", { "varsIgnorePattern": "^Duplex" }] */



const { Duplex } = __nccwpck_require__(203);
const { randomFillSync } = __nccwpck_require__(982);
const {
  types: { isUint8Array }
} = __nccwpck_require__(23);

const PerMessageDeflate = __nccwpck_require__(376);
const { EMPTY_BUFFER, kWebSocket, NOOP } = __nccwpck_require__(791);
const { isBlob, isValidStatusCode } = __nccwpck_require__(615);
const { mask: applyMask, toBuffer } = __nccwpck_require__(803);

const kByteLength = Symbol('kByteLength');
const maskBuffer = Buffer.alloc(4);
const RANDOM_POOL_SIZE = 8 * 1024;
let randomPool;
let randomPoolPointer = RANDOM_POOL_SIZE;

const DEFAULT = 0;
const DEFLATING = 1;
const GET_BLOB_DATA = 2;

/**
 * HyBi Sender implementation.
 */
class Sender {
  /**
   * Creates a Sender instance.
   *
   * @param {Duplex} socket The connection socket
   * @param {Object} [extensions] An object containing the negotiated extensions
   * @param {Function} [generateMask] The function used to generate the masking
   *     key
   */
  constructor(socket, extensions, generateMask) {
    this._extensions = extensions || {};

    if (generateMask) {
      this._generateMask = generateMask;
      this._maskBuffer = Buffer.alloc(4);
    }

    this._socket = socket;

    this._firstFragment = true;
    this._compress = false;

    this._bufferedBytes = 0;
    this._queue = [];
    this._state = DEFAULT;
    this.onerror = NOOP;
    this[kWebSocket] = undefined;
  }

  /**
   * Frames a piece of data according to the HyBi WebSocket protocol.
   *
   * @param {(Buffer|String)} data The data to frame
   * @param {Object} options Options object
   * @param {Boolean} [options.fin=false] Specifies whether or not to set the
   *     FIN bit
   * @param {Function} [options.generateMask] The function used to generate the
   *     masking key
   * @param {Boolean} [options.mask=false] Specifies whether or not to mask
   *     `data`
   * @param {Buffer} [options.maskBuffer] The buffer used to store the masking
   *     key
   * @param {Number} options.opcode The opcode
   * @param {Boolean} [options.readOnly=false] Specifies whether `data` can be
   *     modified
   * @param {Boolean} [options.rsv1=false] Specifies whether or not to set the
   *     RSV1 bit
   * @return {(Buffer|String)[]} The framed data
   * @public
   */
  static frame(data, options) {
    let mask;
    let merge = false;
    let offset = 2;
    let skipMasking = false;

    if (options.mask) {
      mask = options.maskBuffer || maskBuffer;

      if (options.generateMask) {
        options.generateMask(mask);
      } else {
        if (randomPoolPointer === RANDOM_POOL_SIZE) {
          /* istanbul ignore else  */
          if (randomPool === undefined) {
            //
            // This is lazily initialized because server-sent frames must not
            // be masked so it may never be used.
            //
            randomPool = Buffer.alloc(RANDOM_POOL_SIZE);
          }

          randomFillSync(randomPool, 0, RANDOM_POOL_SIZE);
          randomPoolPointer = 0;
        }

        mask[0] = randomPool[randomPoolPointer++];
        mask[1] = randomPool[randomPoolPointer++];
        mask[2] = randomPool[randomPoolPointer++];
        mask[3] = randomPool[randomPoolPointer++];
      }

      skipMasking = (mask[0] | mask[1] | mask[2] | mask[3]) === 0;
      offset = 6;
    }

    let dataLength;

    if (typeof data === 'string') {
      if (
        (!options.mask || skipMasking) &&
        options[kByteLength] !== undefined
      ) {
        dataLength = options[kByteLength];
      } else {
        data = Buffer.from(data);
        dataLength = data.length;
      }
    } else {
      dataLength = data.length;
      merge = options.mask && options.readOnly && !skipMasking;
    }

    let payloadLength = dataLength;

    if (dataLength >= 65536) {
      offset += 8;
      payloadLength = 127;
    } else if (dataLength > 125) {
      offset += 2;
      payloadLength = 126;
    }

    const target = Buffer.allocUnsafe(merge ? dataLength + offset : offset);

    target[0] = options.fin ? options.opcode | 0x80 : options.opcode;
    if (options.rsv1) target[0] |= 0x40;

    target[1] = payloadLength;

    if (payloadLength === 126) {
      target.writeUInt16BE(dataLength, 2);
    } else if (payloadLength === 127) {
      target[2] = target[3] = 0;
      target.writeUIntBE(dataLength, 4, 6);
    }

    if (!options.mask) {
      return dataLength ? [target, data] : [target];
    }

    target[1] |= 0x80;
    target[offset - 4] = mask[0];
    target[offset - 3] = mask[1];
    target[offset - 2] = mask[2];
    target[offset - 1] = mask[3];

    if (!dataLength) return [target];
    if (skipMasking) return [target, data];

    if (merge) {
      applyMask(data, mask, target, offset, dataLength);
      return [target];
    }

    applyMask(data, mask, data, 0, dataLength);
    return [target, data];
  }

  /**
   * Sends a close message to the other peer.
   *
   * @param {Number} [code] The status code component of the body
   * @param {(String|Buffer)} [data] The message component of the body
   * @param {Boolean} [mask=false] Specifies whether or not to mask the message
   * @param {Function} [cb] Callback
   * @public
   */
  close(code, data, mask, cb) {
    let buf;

    if (code === undefined) {
      buf = EMPTY_BUFFER;
    } else if (typeof code !== 'number' || !isValidStatusCode(code)) {
      throw new TypeError('First argument must be a valid error code number');
    } else if (data === undefined || !data.length) {
      buf = Buffer.allocUnsafe(2);
      buf.writeUInt16BE(code, 0);
    } else {
      const length = Buffer.byteLength(data);

      if (length > 123) {
        throw new RangeError('The message must not be greater than 123 bytes');
      }

      buf = Buffer.allocUnsafe(2 + length);
      buf.writeUInt16BE(code, 0);

      if (typeof data === 'string') {
        buf.write(data, 2);
      } else if (isUint8Array(data)) {
        buf.set(data, 2);
      } else {
        throw new TypeError('Second argument must be a string or a Uint8Array');
      }
    }

    const options = {
      [kByteLength]: buf.length,
      fin: true,
      generateMask: this._generateMask,
      mask,
      maskBuffer: this._maskBuffer,
      opcode: 0x08,
      readOnly: false,
      rsv1: false
    };

    if (this._state !== DEFAULT) {
      this.enqueue([this.dispatch, buf, false, options, cb]);
    } else {
      this.sendFrame(Sender.frame(buf, options), cb);
    }
  }

  /**
   * Sends a ping message to the other peer.
   *
   * @param {*} data The message to send
   * @param {Boolean} [mask=false] Specifies whether or not to mask `data`
   * @param {Function} [cb] Callback
   * @public
   */
  ping(data, mask, cb) {
    let byteLength;
    let readOnly;

    if (typeof data === 'string') {
      byteLength = Buffer.byteLength(data);
      readOnly = false;
    } else if (isBlob(data)) {
      byteLength = data.size;
      readOnly = false;
    } else {
      data = toBuffer(data);
      byteLength = data.length;
      readOnly = toBuffer.readOnly;
    }

    if (byteLength > 125) {
      throw new RangeError('The data size must not be greater than 125 bytes');
    }

    const options = {
      [kByteLength]: byteLength,
      fin: true,
      generateMask: this._generateMask,
      mask,
      maskBuffer: this._maskBuffer,
      opcode: 0x09,
      readOnly,
      rsv1: false
    };

    if (isBlob(data)) {
      if (this._state !== DEFAULT) {
        this.enqueue([this.getBlobData, data, false, options, cb]);
      } else {
        this.getBlobData(data, false, options, cb);
      }
    } else if (this._state !== DEFAULT) {
      this.enqueue([this.dispatch, data, false, options, cb]);
    } else {
      this.sendFrame(Sender.frame(data, options), cb);
    }
  }

  /**
   * Sends a pong message to the other peer.
   *
   * @param {*} data The message to send
   * @param {Boolean} [mask=false] Specifies whether or not to mask `data`
   * @param {Function} [cb] Callback
   * @public
   */
  pong(data, mask, cb) {
    let byteLength;
    let readOnly;

    if (typeof data === 'string') {
      byteLength = Buffer.byteLength(data);
      readOnly = false;
    } else if (isBlob(data)) {
      byteLength = data.size;
      readOnly = false;
    } else {
      data = toBuffer(data);
      byteLength = data.length;
      readOnly = toBuffer.readOnly;
    }

    if (byteLength > 125) {
      throw new RangeError('The data size must not be greater than 125 bytes');
    }

    const options = {
      [kByteLength]: byteLength,
      fin: true,
      generateMask: this._generateMask,
      mask,
      maskBuffer: this._maskBuffer,
      opcode: 0x0a,
      readOnly,
      rsv1: false
    };

    if (isBlob(data)) {
      if (this._state !== DEFAULT) {
        this.enqueue([this.getBlobData, data, false, options, cb]);
      } else {
        this.getBlobData(data, false, options, cb);
      }
    } else if (this._state !== DEFAULT) {
      this.enqueue([this.dispatch, data, false, options, cb]);
    } else {
      this.sendFrame(Sender.frame(data, options), cb);
    }
  }

  /**
   * Sends a data message to the other peer.
   *
   * @param {*} data The message to send
   * @param {Object} options Options object
   * @param {Boolean} [options.binary=false] Specifies whether `data` is binary
   *     or text
   * @param {Boolean} [options.compress=false] Specifies whether or not to
   *     compress `data`
   * @param {Boolean} [options.fin=false] Specifies whether the fragment is the
   *     last one
   * @param {Boolean} [options.mask=false] Specifies whether or not to mask
   *     `data`
   * @param {Function} [cb] Callback
   * @public
   */
  send(data, options, cb) {
    const perMessageDeflate = this._extensions[PerMessageDeflate.extensionName];
    let opcode = options.binary ? 2 : 1;
    let rsv1 = options.compress;

    let byteLength;
    let readOnly;

    if (typeof data === 'string') {
      byteLength = Buffer.byteLength(data);
      readOnly = false;
    } else if (isBlob(data)) {
      byteLength = data.size;
      readOnly = false;
    } else {
      data = toBuffer(data);
      byteLength = data.length;
      readOnly = toBuffer.readOnly;
    }

    if (this._firstFragment) {
      this._firstFragment = false;
      if (
        rsv1 &&
        perMessageDeflate &&
        perMessageDeflate.params[
          perMessageDeflate._isServer
            ? 'server_no_context_takeover'
            : 'client_no_context_takeover'
        ]
      ) {
        rsv1 = byteLength >= perMessageDeflate._threshold;
      }
      this._compress = rsv1;
    } else {
      rsv1 = false;
      opcode = 0;
    }

    if (options.fin) this._firstFragment = true;

    const opts = {
      [kByteLength]: byteLength,
      fin: options.fin,
      generateMask: this._generateMask,
      mask: options.mask,
      maskBuffer: this._maskBuffer,
      opcode,
      readOnly,
      rsv1
    };

    if (isBlob(data)) {
      if (this._state !== DEFAULT) {
        this.enqueue([this.getBlobData, data, this._compress, opts, cb]);
      } else {
        this.getBlobData(data, this._compress, opts, cb);
      }
    } else if (this._state !== DEFAULT) {
      this.enqueue([this.dispatch, data, this._compress, opts, cb]);
    } else {
      this.dispatch(data, this._compress, opts, cb);
    }
  }

  /**
   * Gets the contents of a blob as binary data.
   *
   * @param {Blob} blob The blob
   * @param {Boolean} [compress=false] Specifies whether or not to compress
   *     the data
   * @param {Object} options Options object
   * @param {Boolean} [options.fin=false] Specifies whether or not to set the
   *     FIN bit
   * @param {Function} [options.generateMask] The function used to generate the
   *     masking key
   * @param {Boolean} [options.mask=false] Specifies whether or not to mask
   *     `data`
   * @param {Buffer} [options.maskBuffer] The buffer used to store the masking
   *     key
   * @param {Number} options.opcode The opcode
   * @param {Boolean} [options.readOnly=false] Specifies whether `data` can be
   *     modified
   * @param {Boolean} [options.rsv1=false] Specifies whether or not to set the
   *     RSV1 bit
   * @param {Function} [cb] Callback
   * @private
   */
  getBlobData(blob, compress, options, cb) {
    this._bufferedBytes += options[kByteLength];
    this._state = GET_BLOB_DATA;

    blob
      .arrayBuffer()
      .then((arrayBuffer) => {
        if (this._socket.destroyed) {
          const err = new Error(
            'The socket was closed while the blob was being read'
          );

          //
          // `callCallbacks` is called in the next tick to ensure that errors
          // that might be thrown in the callbacks behave like errors thrown
          // outside the promise chain.
          //
          process.nextTick(callCallbacks, this, err, cb);
          return;
        }

        this._bufferedBytes -= options[kByteLength];
        const data = toBuffer(arrayBuffer);

        if (!compress) {
          this._state = DEFAULT;
          this.sendFrame(Sender.frame(data, options), cb);
          this.dequeue();
        } else {
          this.dispatch(data, compress, options, cb);
        }
      })
      .catch((err) => {
        //
        // `onError` is called in the next tick for the same reason that
        // `callCallbacks` above is.
        //
        process.nextTick(onError, this, err, cb);
      });
  }

  /**
   * Dispatches a message.
   *
   * @param {(Buffer|String)} data The message to send
   * @param {Boolean} [compress=false] Specifies whether or not to compress
   *     `data`
   * @param {Object} options Options object
   * @param {Boolean} [options.fin=false] Specifies whether or not to set the
   *     FIN bit
   * @param {Function} [options.generateMask] The function used to generate the
   *     masking key
   * @param {Boolean} [options.mask=false] Specifies whether or not to mask
   *     `data`
   * @param {Buffer} [options.maskBuffer] The buffer used to store the masking
   *     key
   * @param {Number} options.opcode The opcode
   * @param {Boolean} [options.readOnly=false] Specifies whether `data` can be
   *     modified
   * @param {Boolean} [options.rsv1=false] Specifies whether or not to set the
   *     RSV1 bit
   * @param {Function} [cb] Callback
   * @private
   */
  dispatch(data, compress, options, cb) {
    if (!compress) {
      this.sendFrame(Sender.frame(data, options), cb);
      return;
    }

    const perMessageDeflate = this._extensions[PerMessageDeflate.extensionName];

    this._bufferedBytes += options[kByteLength];
    this._state = DEFLATING;
    perMessageDeflate.compress(data, options.fin, (_, buf) => {
      if (this._socket.destroyed) {
        const err = new Error(
          'The socket was closed while data was being compressed'
        );

        callCallbacks(this, err, cb);
        return;
      }

      this._bufferedBytes -= options[kByteLength];
      this._state = DEFAULT;
      options.readOnly = false;
      this.sendFrame(Sender.frame(buf, options), cb);
      this.dequeue();
    });
  }

  /**
   * Executes queued send operations.
   *
   * @private
   */
  dequeue() {
    while (this._state === DEFAULT && this._queue.length) {
      const params = this._queue.shift();

      this._bufferedBytes -= params[3][kByteLength];
      Reflect.apply(params[0], this, params.slice(1));
    }
  }

  /**
   * Enqueues a send operation.
   *
   * @param {Array} params Send operation parameters.
   * @private
   */
  enqueue(params) {
    this._bufferedBytes += params[3][kByteLength];
    this._queue.push(params);
  }

  /**
   * Sends a frame.
   *
   * @param {(Buffer | String)[]} list The frame to send
   * @param {Function} [cb] Callback
   * @private
   */
  sendFrame(list, cb) {
    if (list.length === 2) {
      this._socket.cork();
      this._socket.write(list[0]);
      this._socket.write(list[1], cb);
      this._socket.uncork();
    } else {
      this._socket.write(list[0], cb);
    }
  }
}

module.exports = Sender;

/**
 * Calls queued callbacks with an error.
 *
 * @param {Sender} sender The `Sender` instance
 * @param {Error} err The error to call the callbacks with
 * @param {Function} [cb] The first callback
 * @private
 */
function callCallbacks(sender, err, cb) {
  if (typeof cb === 'function') cb(err);

  for (let i = 0; i < sender._queue.length; i++) {
    const params = sender._queue[i];
    const callback = params[params.length - 1];

    if (typeof callback === 'function') callback(err);
  }
}

/**
 * Handles a `Sender` error.
 *
 * @param {Sender} sender The `Sender` instance
 * @param {Error} err The error
 * @param {Function} [cb] The first pending callback
 * @private
 */
function onError(sender, err, cb) {
  callCallbacks(sender, err, cb);
  sender.onerror(err);
}


/***/ }),

/***/ 412:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

/* eslint no-unused-vars: ["error", { "varsIgnorePattern": "^WebSocket$" }] */


const WebSocket = __nccwpck_require__(681);
const { Duplex } = __nccwpck_require__(203);

/**
 * Emits the `'close'` event on a stream.
 *
 * @param {Duplex} stream The stream.
 * @private
 */
function emitClose(stream) {
  stream.emit('close');
}

/**
 * The listener of the `'end'` event.
 *
 * @private
 */
function duplexOnEnd() {
  if (!this.destroyed && this._writableState.finished) {
    this.destroy();
  }
}

/**
 * The listener of the `'error'` event.
 *
 * @param {Error} err The error
 * @private
 */
function duplexOnError(err) {
  this.removeListener('error', duplexOnError);
  this.destroy();
  if (this.listenerCount('error') === 0) {
    // Do not suppress the throwing behavior.
    this.emit('error', err);
  }
}

/**
 * Wraps a `WebSocket` in a duplex stream.
 *
 * @param {WebSocket} ws The `WebSocket` to wrap
 * @param {Object} [options] The options for the `Duplex` constructor
 * @return {Duplex} The duplex stream
 * @public
 */
function createWebSocketStream(ws, options) {
  let terminateOnDestroy = true;

  const duplex = new Duplex({
    ...options,
    autoDestroy: false,
    emitClose: false,
    objectMode: false,
    writableObjectMode: false
  });

  ws.on('message', function message(msg, isBinary) {
    const data =
      !isBinary && duplex._readableState.objectMode ? msg.toString() : msg;

    if (!duplex.push(data)) ws.pause();
  });

  ws.once('error', function error(err) {
    if (duplex.destroyed) return;

    // Prevent `ws.terminate()` from being called by `duplex._destroy()`.
    //
    // - If the `'error'` event is emitted before the `'open'` event, then
    //   `ws.terminate()` is a noop as no socket is assigned.
    // - Otherwise, the error is re-emitted by the listener of the `'error'`
    //   event of the `Receiver` object. The listener already closes the
    //   connection by calling `ws.close()`. This allows a close frame to be
    //   sent to the other peer. If `ws.terminate()` is called right after this,
    //   then the close frame might not be sent.
    terminateOnDestroy = false;
    duplex.destroy(err);
  });

  ws.once('close', function close() {
    if (duplex.destroyed) return;

    duplex.push(null);
  });

  duplex._destroy = function (err, callback) {
    if (ws.readyState === ws.CLOSED) {
      callback(err);
      process.nextTick(emitClose, duplex);
      return;
    }

    let called = false;

    ws.once('error', function error(err) {
      called = true;
      callback(err);
    });

    ws.once('close', function close() {
      if (!called) callback(err);
      process.nextTick(emitClose, duplex);
    });

    if (terminateOnDestroy) ws.terminate();
  };

  duplex._final = function (callback) {
    if (ws.readyState === ws.CONNECTING) {
      ws.once('open', function open() {
        duplex._final(callback);
      });
      return;
    }

    // If the value of the `_socket` property is `null` it means that `ws` is a
    // client websocket and the handshake failed. In fact, when this happens, a
    // socket is never assigned to the websocket. Wait for the `'error'` event
    // that will be emitted by the websocket.
    if (ws._socket === null) return;

    if (ws._socket._writableState.finished) {
      callback();
      if (duplex._readableState.endEmitted) duplex.destroy();
    } else {
      ws._socket.once('finish', function finish() {
        // `duplex` is not destroyed here because the `'end'` event will be
        // emitted on `duplex` after this `'finish'` event. The EOF signaling
        // `null` chunk is, in fact, pushed when the websocket emits `'close'`.
        callback();
      });
      ws.close();
    }
  };

  duplex._read = function () {
    if (ws.isPaused) ws.resume();
  };

  duplex._write = function (chunk, encoding, callback) {
    if (ws.readyState === ws.CONNECTING) {
      ws.once('open', function open() {
        duplex._write(chunk, encoding, callback);
      });
      return;
    }

    ws.send(chunk, callback);
  };

  duplex.on('end', duplexOnEnd);
  duplex.on('error', duplexOnError);
  return duplex;
}

module.exports = createWebSocketStream;


/***/ }),

/***/ 332:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const { tokenChars } = __nccwpck_require__(615);

/**
 * Parses the `Sec-WebSocket-Protocol` header into a set of subprotocol names.
 *
 * @param {String} header The field value of the header
 * @return {Set} The subprotocol names
 * @public
 */
function parse(header) {
  const protocols = new Set();
  let start = -1;
  let end = -1;
  let i = 0;

  for (i; i < header.length; i++) {
    const code = header.charCodeAt(i);

    if (end === -1 && tokenChars[code] === 1) {
      if (start === -1) start = i;
    } else if (
      i !== 0 &&
      (code === 0x20 /* ' ' */ || code === 0x09) /* '\t' */
    ) {
      if (end === -1 && start !== -1) end = i;
    } else if (code === 0x2c /* ',' */) {
      if (start === -1) {
        throw new SyntaxError(`Unexpected character at index ${i}`);
      }

      if (end === -1) end = i;

      const protocol = header.slice(start, end);

      if (protocols.has(protocol)) {
        throw new SyntaxError(`The "${protocol}" subprotocol is duplicated`);
      }

      protocols.add(protocol);
      start = end = -1;
    } else {
      throw new SyntaxError(`Unexpected character at index ${i}`);
    }
  }

  if (start === -1 || end !== -1) {
    throw new SyntaxError('Unexpected end of input');
  }

  const protocol = header.slice(start, i);

  if (protocols.has(protocol)) {
    throw new SyntaxError(`The "${protocol}" subprotocol is duplicated`);
  }

  protocols.add(protocol);
  return protocols;
}

module.exports = { parse };


/***/ }),

/***/ 615:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {



const { isUtf8 } = __nccwpck_require__(181);

const { hasBlob } = __nccwpck_require__(791);

//
// Allowed token characters:
//
// '!', '#', '$', '%', '&', ''', '*', '+', '-',
// '.', 0-9, A-Z, '^', '_', '`', a-z, '|', '~'
//
// tokenChars[32] === 0 // ' '
// tokenChars[33] === 1 // '!'
// tokenChars[34] === 0 // '"'
// ...
//
// prettier-ignore
const tokenChars = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 0 - 15
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 16 - 31
  0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, // 32 - 47
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, // 48 - 63
  0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // 64 - 79
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, // 80 - 95
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // 96 - 111
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0 // 112 - 127
];

/**
 * Checks if a status code is allowed in a close frame.
 *
 * @param {Number} code The status code
 * @return {Boolean} `true` if the status code is valid, else `false`
 * @public
 */
function isValidStatusCode(code) {
  return (
    (code >= 1000 &&
      code <= 1014 &&
      code !== 1004 &&
      code !== 1005 &&
      code !== 1006) ||
    (code >= 3000 && code <= 4999)
  );
}

/**
 * Checks if a given buffer contains only correct UTF-8.
 * Ported from https://www.cl.cam.ac.uk/%7Emgk25/ucs/utf8_check.c by
 * Markus Kuhn.
 *
 * @param {Buffer} buf The buffer to check
 * @return {Boolean} `true` if `buf` contains only correct UTF-8, else `false`
 * @public
 */
function _isValidUTF8(buf) {
  const len = buf.length;
  let i = 0;

  while (i < len) {
    if ((buf[i] & 0x80) === 0) {
      // 0xxxxxxx
      i++;
    } else if ((buf[i] & 0xe0) === 0xc0) {
      // 110xxxxx 10xxxxxx
      if (
        i + 1 === len ||
        (buf[i + 1] & 0xc0) !== 0x80 ||
        (buf[i] & 0xfe) === 0xc0 // Overlong
      ) {
        return false;
      }

      i += 2;
    } else if ((buf[i] & 0xf0) === 0xe0) {
      // 1110xxxx 10xxxxxx 10xxxxxx
      if (
        i + 2 >= len ||
        (buf[i + 1] & 0xc0) !== 0x80 ||
        (buf[i + 2] & 0xc0) !== 0x80 ||
        (buf[i] === 0xe0 && (buf[i + 1] & 0xe0) === 0x80) || // Overlong
        (buf[i] === 0xed && (buf[i + 1] & 0xe0) === 0xa0) // Surrogate (U+D800 - U+DFFF)
      ) {
        return false;
      }

      i += 3;
    } else if ((buf[i] & 0xf8) === 0xf0) {
      // 11110xxx 10xxxxxx 10xxxxxx 10xxxxxx
      if (
        i + 3 >= len ||
        (buf[i + 1] & 0xc0) !== 0x80 ||
        (buf[i + 2] & 0xc0) !== 0x80 ||
        (buf[i + 3] & 0xc0) !== 0x80 ||
        (buf[i] === 0xf0 && (buf[i + 1] & 0xf0) === 0x80) || // Overlong
        (buf[i] === 0xf4 && buf[i + 1] > 0x8f) ||
        buf[i] > 0xf4 // > U+10FFFF
      ) {
        return false;
      }

      i += 4;
    } else {
      return false;
    }
  }

  return true;
}

/**
 * Determines whether a value is a `Blob`.
 *
 * @param {*} value The value to be tested
 * @return {Boolean} `true` if `value` is a `Blob`, else `false`
 * @private
 */
function isBlob(value) {
  return (
    hasBlob &&
    typeof value === 'object' &&
    typeof value.arrayBuffer === 'function' &&
    typeof value.type === 'string' &&
    typeof value.stream === 'function' &&
    (value[Symbol.toStringTag] === 'Blob' ||
      value[Symbol.toStringTag] === 'File')
  );
}

module.exports = {
  isBlob,
  isValidStatusCode,
  isValidUTF8: _isValidUTF8,
  tokenChars
};

if (isUtf8) {
  module.exports.isValidUTF8 = function (buf) {
    return buf.length < 24 ? _isValidUTF8(buf) : isUtf8(buf);
  };
} /* istanbul ignore else  */ else if (!process.env.WS_NO_UTF_8_VALIDATE) {
  try {
    const isValidUTF8 = __nccwpck_require__(414);

    module.exports.isValidUTF8 = function (buf) {
      return buf.length < 32 ? _isValidUTF8(buf) : isValidUTF8(buf);
    };
  } catch (e) {
    // Continue regardless of the error.
  }
}


/***/ }),

/***/ 129:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

/* eslint no-unused-vars: ["error", { "varsIgnorePattern": "^Duplex$", "caughtErrors": "none" }] */



const EventEmitter = __nccwpck_require__(434);
const http = __nccwpck_require__(611);
const { Duplex } = __nccwpck_require__(203);
const { createHash } = __nccwpck_require__(982);

const extension = __nccwpck_require__(335);
const PerMessageDeflate = __nccwpck_require__(376);
const subprotocol = __nccwpck_require__(332);
const WebSocket = __nccwpck_require__(681);
const { CLOSE_TIMEOUT, GUID, kWebSocket } = __nccwpck_require__(791);

const keyRegex = /^[+/0-9A-Za-z]{22}==$/;

const RUNNING = 0;
const CLOSING = 1;
const CLOSED = 2;

/**
 * Class representing a WebSocket server.
 *
 * @extends EventEmitter
 */
class WebSocketServer extends EventEmitter {
  /**
   * Create a `WebSocketServer` instance.
   *
   * @param {Object} options Configuration options
   * @param {Boolean} [options.allowSynchronousEvents=true] Specifies whether
   *     any of the `'message'`, `'ping'`, and `'pong'` events can be emitted
   *     multiple times in the same tick
   * @param {Boolean} [options.autoPong=true] Specifies whether or not to
   *     automatically send a pong in response to a ping
   * @param {Number} [options.backlog=511] The maximum length of the queue of
   *     pending connections
   * @param {Boolean} [options.clientTracking=true] Specifies whether or not to
   *     track clients
   * @param {Number} [options.closeTimeout=30000] Duration in milliseconds to
   *     wait for the closing handshake to finish after `websocket.close()` is
   *     called
   * @param {Function} [options.handleProtocols] A hook to handle protocols
   * @param {String} [options.host] The hostname where to bind the server
   * @param {Number} [options.maxBufferedChunks=262144] The maximum number of
   *     buffered data chunks
   * @param {Number} [options.maxFragments=16384] The maximum number of message
   *     fragments
   * @param {Number} [options.maxPayload=104857600] The maximum allowed message
   *     size
   * @param {Number} [options.maxPendingAutoPongs=60] The maximum number of
   *     pending automatic pongs
   * @param {Boolean} [options.noServer=false] Enable no server mode
   * @param {String} [options.path] Accept only connections matching this path
   * @param {(Boolean|Object)} [options.perMessageDeflate=false] Enable/disable
   *     permessage-deflate
   * @param {Number} [options.port] The port where to bind the server
   * @param {(http.Server|https.Server)} [options.server] A pre-created HTTP/S
   *     server to use
   * @param {Boolean} [options.skipUTF8Validation=false] Specifies whether or
   *     not to skip UTF-8 validation for text and close messages
   * @param {Function} [options.verifyClient] A hook to reject connections
   * @param {Function} [options.WebSocket=WebSocket] Specifies the `WebSocket`
   *     class to use. It must be the `WebSocket` class or class that extends it
   * @param {Function} [callback] A listener for the `listening` event
   */
  constructor(options, callback) {
    super();

    options = {
      allowSynchronousEvents: true,
      autoPong: true,
      maxBufferedChunks: 256 * 1024,
      maxFragments: 16 * 1024,
      maxPayload: 100 * 1024 * 1024,
      maxPendingAutoPongs: 60,
      skipUTF8Validation: false,
      perMessageDeflate: false,
      handleProtocols: null,
      clientTracking: true,
      closeTimeout: CLOSE_TIMEOUT,
      verifyClient: null,
      noServer: false,
      backlog: null, // use default (511 as implemented in net.js)
      server: null,
      host: null,
      path: null,
      port: null,
      WebSocket,
      ...options
    };

    if (
      (options.port == null && !options.server && !options.noServer) ||
      (options.port != null && (options.server || options.noServer)) ||
      (options.server && options.noServer)
    ) {
      throw new TypeError(
        'One and only one of the "port", "server", or "noServer" options ' +
          'must be specified'
      );
    }

    if (options.port != null) {
      this._server = http.createServer((req, res) => {
        const body = http.STATUS_CODES[426];

        res.writeHead(426, {
          'Content-Length': body.length,
          'Content-Type': 'text/plain'
        });
        res.end(body);
      });
      this._server.listen(
        options.port,
        options.host,
        options.backlog,
        callback
      );
    } else if (options.server) {
      this._server = options.server;
    }

    if (this._server) {
      const emitConnection = this.emit.bind(this, 'connection');

      this._removeListeners = addListeners(this._server, {
        listening: this.emit.bind(this, 'listening'),
        error: this.emit.bind(this, 'error'),
        upgrade: (req, socket, head) => {
          this.handleUpgrade(req, socket, head, emitConnection);
        }
      });
    }

    if (options.perMessageDeflate === true) options.perMessageDeflate = {};
    if (options.clientTracking) {
      this.clients = new Set();
      this._shouldEmitClose = false;
    }

    this.options = options;
    this._state = RUNNING;
  }

  /**
   * Returns the bound address, the address family name, and port of the server
   * as reported by the operating system if listening on an IP socket.
   * If the server is listening on a pipe or UNIX domain socket, the name is
   * returned as a string.
   *
   * @return {(Object|String|null)} The address of the server
   * @public
   */
  address() {
    if (this.options.noServer) {
      throw new Error('The server is operating in "noServer" mode');
    }

    if (!this._server) return null;
    return this._server.address();
  }

  /**
   * Stop the server from accepting new connections and emit the `'close'` event
   * when all existing connections are closed.
   *
   * @param {Function} [cb] A one-time listener for the `'close'` event
   * @public
   */
  close(cb) {
    if (this._state === CLOSED) {
      if (cb) {
        this.once('close', () => {
          cb(new Error('The server is not running'));
        });
      }

      process.nextTick(emitClose, this);
      return;
    }

    if (cb) this.once('close', cb);

    if (this._state === CLOSING) return;
    this._state = CLOSING;

    if (this.options.noServer || this.options.server) {
      if (this._server) {
        this._removeListeners();
        this._removeListeners = this._server = null;
      }

      if (this.clients) {
        if (!this.clients.size) {
          process.nextTick(emitClose, this);
        } else {
          this._shouldEmitClose = true;
        }
      } else {
        process.nextTick(emitClose, this);
      }
    } else {
      const server = this._server;

      this._removeListeners();
      this._removeListeners = this._server = null;

      //
      // The HTTP/S server was created internally. Close it, and rely on its
      // `'close'` event.
      //
      server.close(() => {
        emitClose(this);
      });
    }
  }

  /**
   * See if a given request should be handled by this server instance.
   *
   * @param {http.IncomingMessage} req Request object to inspect
   * @return {Boolean} `true` if the request is valid, else `false`
   * @public
   */
  shouldHandle(req) {
    if (this.options.path) {
      const index = req.url.indexOf('?');
      const pathname = index !== -1 ? req.url.slice(0, index) : req.url;

      if (pathname !== this.options.path) return false;
    }

    return true;
  }

  /**
   * Handle a HTTP Upgrade request.
   *
   * @param {http.IncomingMessage} req The request object
   * @param {Duplex} socket The network socket between the server and client
   * @param {Buffer} head The first packet of the upgraded stream
   * @param {Function} cb Callback
   * @public
   */
  handleUpgrade(req, socket, head, cb) {
    socket.on('error', socketOnError);

    const key = req.headers['sec-websocket-key'];
    const upgrade = req.headers.upgrade;
    const version = req.headers['sec-websocket-version'];

    if (req.method !== 'GET') {
      const message = 'Invalid HTTP method';
      abortHandshakeOrEmitwsClientError(this, req, socket, 405, message);
      return;
    }

    if (upgrade === undefined || upgrade.toLowerCase() !== 'websocket') {
      const message = 'Invalid Upgrade header';
      abortHandshakeOrEmitwsClientError(this, req, socket, 400, message);
      return;
    }

    if (key === undefined || !keyRegex.test(key)) {
      const message = 'Missing or invalid Sec-WebSocket-Key header';
      abortHandshakeOrEmitwsClientError(this, req, socket, 400, message);
      return;
    }

    if (version !== '13' && version !== '8') {
      const message = 'Missing or invalid Sec-WebSocket-Version header';
      abortHandshakeOrEmitwsClientError(this, req, socket, 400, message, {
        'Sec-WebSocket-Version': '13, 8'
      });
      return;
    }

    if (!this.shouldHandle(req)) {
      abortHandshake(socket, 400);
      return;
    }

    const secWebSocketProtocol = req.headers['sec-websocket-protocol'];
    let protocols = new Set();

    if (secWebSocketProtocol !== undefined) {
      try {
        protocols = subprotocol.parse(secWebSocketProtocol);
      } catch (err) {
        const message = 'Invalid Sec-WebSocket-Protocol header';
        abortHandshakeOrEmitwsClientError(this, req, socket, 400, message);
        return;
      }
    }

    const secWebSocketExtensions = req.headers['sec-websocket-extensions'];
    const extensions = {};

    if (
      this.options.perMessageDeflate &&
      secWebSocketExtensions !== undefined
    ) {
      const perMessageDeflate = new PerMessageDeflate({
        ...this.options.perMessageDeflate,
        isServer: true,
        maxPayload: this.options.maxPayload
      });

      try {
        const offers = extension.parse(secWebSocketExtensions);

        if (offers[PerMessageDeflate.extensionName]) {
          perMessageDeflate.accept(offers[PerMessageDeflate.extensionName]);
          extensions[PerMessageDeflate.extensionName] = perMessageDeflate;
        }
      } catch (err) {
        const message =
          'Invalid or unacceptable Sec-WebSocket-Extensions header';
        abortHandshakeOrEmitwsClientError(this, req, socket, 400, message);
        return;
      }
    }

    //
    // Optionally call external client verification handler.
    //
    if (this.options.verifyClient) {
      const info = {
        origin:
          req.headers[`${version === '8' ? 'sec-websocket-origin' : 'origin'}`],
        secure: !!(req.socket.authorized || req.socket.encrypted),
        req
      };

      if (this.options.verifyClient.length === 2) {
        this.options.verifyClient(info, (verified, code, message, headers) => {
          if (!verified) {
            return abortHandshake(socket, code || 401, message, headers);
          }

          this.completeUpgrade(
            extensions,
            key,
            protocols,
            req,
            socket,
            head,
            cb
          );
        });
        return;
      }

      if (!this.options.verifyClient(info)) return abortHandshake(socket, 401);
    }

    this.completeUpgrade(extensions, key, protocols, req, socket, head, cb);
  }

  /**
   * Upgrade the connection to WebSocket.
   *
   * @param {Object} extensions The accepted extensions
   * @param {String} key The value of the `Sec-WebSocket-Key` header
   * @param {Set} protocols The subprotocols
   * @param {http.IncomingMessage} req The request object
   * @param {Duplex} socket The network socket between the server and client
   * @param {Buffer} head The first packet of the upgraded stream
   * @param {Function} cb Callback
   * @throws {Error} If called more than once with the same socket
   * @private
   */
  completeUpgrade(extensions, key, protocols, req, socket, head, cb) {
    //
    // Destroy the socket if the client has already sent a FIN packet.
    //
    if (!socket.readable || !socket.writable) return socket.destroy();

    if (socket[kWebSocket]) {
      throw new Error(
        'server.handleUpgrade() was called more than once with the same ' +
          'socket, possibly due to a misconfiguration'
      );
    }

    if (this._state > RUNNING) return abortHandshake(socket, 503);

    const digest = createHash('sha1')
      .update(key + GUID)
      .digest('base64');

    const headers = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${digest}`
    ];

    const ws = new this.options.WebSocket(null, undefined, this.options);

    if (protocols.size) {
      //
      // Optionally call external protocol selection handler.
      //
      const protocol = this.options.handleProtocols
        ? this.options.handleProtocols(protocols, req)
        : protocols.values().next().value;

      if (protocol) {
        headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
        ws._protocol = protocol;
      }
    }

    if (extensions[PerMessageDeflate.extensionName]) {
      const params = extensions[PerMessageDeflate.extensionName].params;
      const value = extension.format({
        [PerMessageDeflate.extensionName]: [params]
      });
      headers.push(`Sec-WebSocket-Extensions: ${value}`);
      ws._extensions = extensions;
    }

    //
    // Allow external modification/inspection of handshake headers.
    //
    this.emit('headers', headers, req);

    socket.write(headers.concat('\r\n').join('\r\n'));
    socket.removeListener('error', socketOnError);

    ws.setSocket(socket, head, {
      allowSynchronousEvents: this.options.allowSynchronousEvents,
      maxBufferedChunks: this.options.maxBufferedChunks,
      maxFragments: this.options.maxFragments,
      maxPayload: this.options.maxPayload,
      skipUTF8Validation: this.options.skipUTF8Validation
    });

    if (this.clients) {
      this.clients.add(ws);
      ws.on('close', () => {
        this.clients.delete(ws);

        if (this._shouldEmitClose && !this.clients.size) {
          process.nextTick(emitClose, this);
        }
      });
    }

    cb(ws, req);
  }
}

module.exports = WebSocketServer;

/**
 * Add event listeners on an `EventEmitter` using a map of <event, listener>
 * pairs.
 *
 * @param {EventEmitter} server The event emitter
 * @param {Object.<String, Function>} map The listeners to add
 * @return {Function} A function that will remove the added listeners when
 *     called
 * @private
 */
function addListeners(server, map) {
  for (const event of Object.keys(map)) server.on(event, map[event]);

  return function removeListeners() {
    for (const event of Object.keys(map)) {
      server.removeListener(event, map[event]);
    }
  };
}

/**
 * Emit a `'close'` event on an `EventEmitter`.
 *
 * @param {EventEmitter} server The event emitter
 * @private
 */
function emitClose(server) {
  server._state = CLOSED;
  server.emit('close');
}

/**
 * Handle socket errors.
 *
 * @private
 */
function socketOnError() {
  this.destroy();
}

/**
 * Close the connection when preconditions are not fulfilled.
 *
 * @param {Duplex} socket The socket of the upgrade request
 * @param {Number} code The HTTP response status code
 * @param {String} [message] The HTTP response body
 * @param {Object} [headers] Additional HTTP response headers
 * @private
 */
function abortHandshake(socket, code, message, headers) {
  //
  // The socket is writable unless the user destroyed or ended it before calling
  // `server.handleUpgrade()` or in the `verifyClient` function, which is a user
  // error. Handling this does not make much sense as the worst that can happen
  // is that some of the data written by the user might be discarded due to the
  // call to `socket.end()` below, which triggers an `'error'` event that in
  // turn causes the socket to be destroyed.
  //
  message = message || http.STATUS_CODES[code];
  headers = {
    Connection: 'close',
    'Content-Type': 'text/html',
    'Content-Length': Buffer.byteLength(message),
    ...headers
  };

  socket.once('finish', socket.destroy);

  socket.end(
    `HTTP/1.1 ${code} ${http.STATUS_CODES[code]}\r\n` +
      Object.keys(headers)
        .map((h) => `${h}: ${headers[h]}`)
        .join('\r\n') +
      '\r\n\r\n' +
      message
  );
}

/**
 * Emit a `'wsClientError'` event on a `WebSocketServer` if there is at least
 * one listener for it, otherwise call `abortHandshake()`.
 *
 * @param {WebSocketServer} server The WebSocket server
 * @param {http.IncomingMessage} req The request object
 * @param {Duplex} socket The socket of the upgrade request
 * @param {Number} code The HTTP response status code
 * @param {String} message The HTTP response body
 * @param {Object} [headers] The HTTP response headers
 * @private
 */
function abortHandshakeOrEmitwsClientError(
  server,
  req,
  socket,
  code,
  message,
  headers
) {
  if (server.listenerCount('wsClientError')) {
    const err = new Error(message);
    Error.captureStackTrace(err, abortHandshakeOrEmitwsClientError);

    server.emit('wsClientError', err, socket, req);
  } else {
    abortHandshake(socket, code, message, headers);
  }
}


/***/ }),

/***/ 681:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

/* eslint no-unused-vars: ["error", { "varsIgnorePattern": "^Duplex|Readable$", "caughtErrors": "none" }] */



const EventEmitter = __nccwpck_require__(434);
const https = __nccwpck_require__(692);
const http = __nccwpck_require__(611);
const net = __nccwpck_require__(278);
const querystring = __nccwpck_require__(480);
const tls = __nccwpck_require__(756);
const { randomBytes, createHash } = __nccwpck_require__(982);
const { Duplex, Readable } = __nccwpck_require__(203);
const { URL } = __nccwpck_require__(16);

const PerMessageDeflate = __nccwpck_require__(376);
const Receiver = __nccwpck_require__(893);
const Sender = __nccwpck_require__(389);
const { isBlob } = __nccwpck_require__(615);

const {
  BINARY_TYPES,
  CLOSE_TIMEOUT,
  EMPTY_BUFFER,
  GUID,
  kForOnEventAttribute,
  kListener,
  kStatusCode,
  kWebSocket,
  NOOP
} = __nccwpck_require__(791);
const {
  EventTarget: { addEventListener, removeEventListener }
} = __nccwpck_require__(634);
const { format, parse } = __nccwpck_require__(335);
const { toBuffer } = __nccwpck_require__(803);

const kAborted = Symbol('kAborted');
const protocolVersions = [8, 13];
const readyStates = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'];
const subprotocolRegex = /^[!#$%&'*+\-.0-9A-Z^_`|a-z~]+$/;

/**
 * Class representing a WebSocket.
 *
 * @extends EventEmitter
 */
class WebSocket extends EventEmitter {
  /**
   * Create a new `WebSocket`.
   *
   * @param {(String|URL)} address The URL to which to connect
   * @param {(String|String[])} [protocols] The subprotocols
   * @param {Object} [options] Connection options
   */
  constructor(address, protocols, options) {
    super();

    this._binaryType = BINARY_TYPES[0];
    this._closeCode = 1006;
    this._closeFrameReceived = false;
    this._closeFrameSent = false;
    this._closeMessage = EMPTY_BUFFER;
    this._closeTimer = null;
    this._errorEmitted = false;
    this._extensions = {};
    this._paused = false;
    this._protocol = '';
    this._readyState = WebSocket.CONNECTING;
    this._receiver = null;
    this._sender = null;
    this._socket = null;

    if (address !== null) {
      this._bufferedAmount = 0;
      this._isServer = false;
      this._redirects = 0;

      if (protocols === undefined) {
        if (!options || options.protocols === undefined) {
          protocols = [];
        } else if (Array.isArray(options.protocols)) {
          protocols = options.protocols;
        } else {
          protocols = [options.protocols];
        }
      } else if (!Array.isArray(protocols)) {
        if (typeof protocols === 'object' && protocols !== null) {
          options = protocols;

          if (options.protocols === undefined) {
            protocols = [];
          } else if (Array.isArray(options.protocols)) {
            protocols = options.protocols;
          } else {
            protocols = [options.protocols];
          }
        } else {
          protocols = [protocols];
        }
      }

      options = initAsClient(this, address, protocols, options);
    } else {
      this._isServer = true;
    }

    if (options.autoPong) {
      this._autoPong = true;
      this._autoPongComplete = () => autoPongComplete(this);
      this._pendingAutoPongs = 0;
      this._maxPendingAutoPongs = options.maxPendingAutoPongs | 0;
    }

    this._closeTimeout = options.closeTimeout;
  }

  /**
   * For historical reasons, the custom "nodebuffer" type is used by the default
   * instead of "blob".
   *
   * @type {String}
   */
  get binaryType() {
    return this._binaryType;
  }

  set binaryType(type) {
    if (!BINARY_TYPES.includes(type)) return;

    this._binaryType = type;

    //
    // Allow to change `binaryType` on the fly.
    //
    if (this._receiver) this._receiver._binaryType = type;
  }

  /**
   * @type {Number}
   */
  get bufferedAmount() {
    if (!this._socket) return this._bufferedAmount;

    return this._socket._writableState.length + this._sender._bufferedBytes;
  }

  /**
   * @type {String}
   */
  get extensions() {
    return Object.keys(this._extensions).join();
  }

  /**
   * @type {Boolean}
   */
  get isPaused() {
    return this._paused;
  }

  /**
   * @type {Function}
   */
  /* istanbul ignore next */
  get onclose() {
    return null;
  }

  /**
   * @type {Function}
   */
  /* istanbul ignore next */
  get onerror() {
    return null;
  }

  /**
   * @type {Function}
   */
  /* istanbul ignore next */
  get onopen() {
    return null;
  }

  /**
   * @type {Function}
   */
  /* istanbul ignore next */
  get onmessage() {
    return null;
  }

  /**
   * @type {String}
   */
  get protocol() {
    return this._protocol;
  }

  /**
   * @type {Number}
   */
  get readyState() {
    return this._readyState;
  }

  /**
   * @type {String}
   */
  get url() {
    return this._url;
  }

  /**
   * Set up the socket and the internal resources.
   *
   * @param {Duplex} socket The network socket between the server and client
   * @param {Buffer} head The first packet of the upgraded stream
   * @param {Object} options Options object
   * @param {Boolean} [options.allowSynchronousEvents=false] Specifies whether
   *     any of the `'message'`, `'ping'`, and `'pong'` events can be emitted
   *     multiple times in the same tick
   * @param {Function} [options.generateMask] The function used to generate the
   *     masking key
   * @param {Number} [options.maxBufferedChunks=0] The maximum number of
   *     buffered data chunks
   * @param {Number} [options.maxFragments=0] The maximum number of message
   *     fragments
   * @param {Number} [options.maxPayload=0] The maximum allowed message size
   * @param {Boolean} [options.skipUTF8Validation=false] Specifies whether or
   *     not to skip UTF-8 validation for text and close messages
   * @private
   */
  setSocket(socket, head, options) {
    const receiver = new Receiver({
      allowSynchronousEvents: options.allowSynchronousEvents,
      binaryType: this.binaryType,
      extensions: this._extensions,
      isServer: this._isServer,
      maxBufferedChunks: options.maxBufferedChunks,
      maxFragments: options.maxFragments,
      maxPayload: options.maxPayload,
      skipUTF8Validation: options.skipUTF8Validation
    });

    const sender = new Sender(socket, this._extensions, options.generateMask);

    this._receiver = receiver;
    this._sender = sender;
    this._socket = socket;

    receiver[kWebSocket] = this;
    sender[kWebSocket] = this;
    socket[kWebSocket] = this;

    receiver.on('conclude', receiverOnConclude);
    receiver.on('drain', receiverOnDrain);
    receiver.on('error', receiverOnError);
    receiver.on('message', receiverOnMessage);
    receiver.on('ping', receiverOnPing);
    receiver.on('pong', receiverOnPong);

    sender.onerror = senderOnError;

    //
    // These methods may not be available if `socket` is just a `Duplex`.
    //
    if (socket.setTimeout) socket.setTimeout(0);
    if (socket.setNoDelay) socket.setNoDelay();

    if (head.length > 0) socket.unshift(head);

    socket.on('close', socketOnClose);
    socket.on('data', socketOnData);
    socket.on('end', socketOnEnd);
    socket.on('error', socketOnError);

    this._readyState = WebSocket.OPEN;
    this.emit('open');
  }

  /**
   * Emit the `'close'` event.
   *
   * @private
   */
  emitClose() {
    if (!this._socket) {
      this._readyState = WebSocket.CLOSED;
      this.emit('close', this._closeCode, this._closeMessage);
      return;
    }

    if (this._extensions[PerMessageDeflate.extensionName]) {
      this._extensions[PerMessageDeflate.extensionName].cleanup();
    }

    this._receiver.removeAllListeners();
    this._readyState = WebSocket.CLOSED;
    this.emit('close', this._closeCode, this._closeMessage);
  }

  /**
   * Start a closing handshake.
   *
   *          +----------+   +-----------+   +----------+
   *     - - -|ws.close()|-->|close frame|-->|ws.close()|- - -
   *    |     +----------+   +-----------+   +----------+     |
   *          +----------+   +-----------+         |
   * CLOSING  |ws.close()|<--|close frame|<--+-----+       CLOSING
   *          +----------+   +-----------+   |
   *    |           |                        |   +---+        |
   *                +------------------------+-->|fin| - - - -
   *    |         +---+                      |   +---+
   *     - - - - -|fin|<---------------------+
   *              +---+
   *
   * @param {Number} [code] Status code explaining why the connection is closing
   * @param {(String|Buffer)} [data] The reason why the connection is
   *     closing
   * @public
   */
  close(code, data) {
    if (this.readyState === WebSocket.CLOSED) return;
    if (this.readyState === WebSocket.CONNECTING) {
      const msg = 'WebSocket was closed before the connection was established';
      abortHandshake(this, this._req, msg);
      return;
    }

    if (this.readyState === WebSocket.CLOSING) {
      if (
        this._closeFrameSent &&
        (this._closeFrameReceived || this._receiver._writableState.errorEmitted)
      ) {
        this._socket.end();
      }

      return;
    }

    this._sender.close(code, data, !this._isServer, (err) => {
      //
      // This error is handled by the `'error'` listener on the socket. We only
      // want to know if the close frame has been sent here.
      //
      if (err) return;

      this._closeFrameSent = true;

      if (
        this._closeFrameReceived ||
        this._receiver._writableState.errorEmitted
      ) {
        this._socket.end();
      }
    });

    this._readyState = WebSocket.CLOSING;
    setCloseTimer(this);
  }

  /**
   * Pause the socket.
   *
   * @public
   */
  pause() {
    if (
      this.readyState === WebSocket.CONNECTING ||
      this.readyState === WebSocket.CLOSED
    ) {
      return;
    }

    this._paused = true;
    this._socket.pause();
  }

  /**
   * Send a ping.
   *
   * @param {*} [data] The data to send
   * @param {Boolean} [mask] Indicates whether or not to mask `data`
   * @param {Function} [cb] Callback which is executed when the ping is sent
   * @public
   */
  ping(data, mask, cb) {
    if (this.readyState === WebSocket.CONNECTING) {
      throw new Error('WebSocket is not open: readyState 0 (CONNECTING)');
    }

    if (typeof data === 'function') {
      cb = data;
      data = mask = undefined;
    } else if (typeof mask === 'function') {
      cb = mask;
      mask = undefined;
    }

    if (typeof data === 'number') data = data.toString();

    if (this.readyState !== WebSocket.OPEN) {
      sendAfterClose(this, data, cb);
      return;
    }

    if (mask === undefined) mask = !this._isServer;
    this._sender.ping(data || EMPTY_BUFFER, mask, cb);
  }

  /**
   * Send a pong.
   *
   * @param {*} [data] The data to send
   * @param {Boolean} [mask] Indicates whether or not to mask `data`
   * @param {Function} [cb] Callback which is executed when the pong is sent
   * @public
   */
  pong(data, mask, cb) {
    if (this.readyState === WebSocket.CONNECTING) {
      throw new Error('WebSocket is not open: readyState 0 (CONNECTING)');
    }

    if (typeof data === 'function') {
      cb = data;
      data = mask = undefined;
    } else if (typeof mask === 'function') {
      cb = mask;
      mask = undefined;
    }

    if (typeof data === 'number') data = data.toString();

    if (this.readyState !== WebSocket.OPEN) {
      sendAfterClose(this, data, cb);
      return;
    }

    if (mask === undefined) mask = !this._isServer;
    this._sender.pong(data || EMPTY_BUFFER, mask, cb);
  }

  /**
   * Resume the socket.
   *
   * @public
   */
  resume() {
    if (
      this.readyState === WebSocket.CONNECTING ||
      this.readyState === WebSocket.CLOSED
    ) {
      return;
    }

    this._paused = false;
    if (!this._receiver._writableState.needDrain) this._socket.resume();
  }

  /**
   * Send a data message.
   *
   * @param {*} data The message to send
   * @param {Object} [options] Options object
   * @param {Boolean} [options.binary] Specifies whether `data` is binary or
   *     text
   * @param {Boolean} [options.compress] Specifies whether or not to compress
   *     `data`
   * @param {Boolean} [options.fin=true] Specifies whether the fragment is the
   *     last one
   * @param {Boolean} [options.mask] Specifies whether or not to mask `data`
   * @param {Function} [cb] Callback which is executed when data is written out
   * @public
   */
  send(data, options, cb) {
    if (this.readyState === WebSocket.CONNECTING) {
      throw new Error('WebSocket is not open: readyState 0 (CONNECTING)');
    }

    if (typeof options === 'function') {
      cb = options;
      options = {};
    }

    if (typeof data === 'number') data = data.toString();

    if (this.readyState !== WebSocket.OPEN) {
      sendAfterClose(this, data, cb);
      return;
    }

    const opts = {
      binary: typeof data !== 'string',
      mask: !this._isServer,
      compress: true,
      fin: true,
      ...options
    };

    if (!this._extensions[PerMessageDeflate.extensionName]) {
      opts.compress = false;
    }

    this._sender.send(data || EMPTY_BUFFER, opts, cb);
  }

  /**
   * Forcibly close the connection.
   *
   * @public
   */
  terminate() {
    if (this.readyState === WebSocket.CLOSED) return;
    if (this.readyState === WebSocket.CONNECTING) {
      const msg = 'WebSocket was closed before the connection was established';
      abortHandshake(this, this._req, msg);
      return;
    }

    if (this._socket) {
      this._readyState = WebSocket.CLOSING;
      this._socket.destroy();
    }
  }
}

/**
 * @constant {Number} CONNECTING
 * @memberof WebSocket
 */
Object.defineProperty(WebSocket, 'CONNECTING', {
  enumerable: true,
  value: readyStates.indexOf('CONNECTING')
});

/**
 * @constant {Number} CONNECTING
 * @memberof WebSocket.prototype
 */
Object.defineProperty(WebSocket.prototype, 'CONNECTING', {
  enumerable: true,
  value: readyStates.indexOf('CONNECTING')
});

/**
 * @constant {Number} OPEN
 * @memberof WebSocket
 */
Object.defineProperty(WebSocket, 'OPEN', {
  enumerable: true,
  value: readyStates.indexOf('OPEN')
});

/**
 * @constant {Number} OPEN
 * @memberof WebSocket.prototype
 */
Object.defineProperty(WebSocket.prototype, 'OPEN', {
  enumerable: true,
  value: readyStates.indexOf('OPEN')
});

/**
 * @constant {Number} CLOSING
 * @memberof WebSocket
 */
Object.defineProperty(WebSocket, 'CLOSING', {
  enumerable: true,
  value: readyStates.indexOf('CLOSING')
});

/**
 * @constant {Number} CLOSING
 * @memberof WebSocket.prototype
 */
Object.defineProperty(WebSocket.prototype, 'CLOSING', {
  enumerable: true,
  value: readyStates.indexOf('CLOSING')
});

/**
 * @constant {Number} CLOSED
 * @memberof WebSocket
 */
Object.defineProperty(WebSocket, 'CLOSED', {
  enumerable: true,
  value: readyStates.indexOf('CLOSED')
});

/**
 * @constant {Number} CLOSED
 * @memberof WebSocket.prototype
 */
Object.defineProperty(WebSocket.prototype, 'CLOSED', {
  enumerable: true,
  value: readyStates.indexOf('CLOSED')
});

[
  'binaryType',
  'bufferedAmount',
  'extensions',
  'isPaused',
  'protocol',
  'readyState',
  'url'
].forEach((property) => {
  Object.defineProperty(WebSocket.prototype, property, { enumerable: true });
});

//
// Add the `onopen`, `onerror`, `onclose`, and `onmessage` attributes.
// See https://html.spec.whatwg.org/multipage/comms.html#the-websocket-interface
//
['open', 'error', 'close', 'message'].forEach((method) => {
  Object.defineProperty(WebSocket.prototype, `on${method}`, {
    enumerable: true,
    get() {
      for (const listener of this.listeners(method)) {
        if (listener[kForOnEventAttribute]) return listener[kListener];
      }

      return null;
    },
    set(handler) {
      for (const listener of this.listeners(method)) {
        if (listener[kForOnEventAttribute]) {
          this.removeListener(method, listener);
          break;
        }
      }

      if (typeof handler !== 'function') return;

      this.addEventListener(method, handler, {
        [kForOnEventAttribute]: true
      });
    }
  });
});

WebSocket.prototype.addEventListener = addEventListener;
WebSocket.prototype.removeEventListener = removeEventListener;

module.exports = WebSocket;

/**
 * Initialize a WebSocket client.
 *
 * @param {WebSocket} websocket The client to initialize
 * @param {(String|URL)} address The URL to which to connect
 * @param {Array} protocols The subprotocols
 * @param {Object} [options] Connection options
 * @param {Boolean} [options.allowSynchronousEvents=true] Specifies whether any
 *     of the `'message'`, `'ping'`, and `'pong'` events can be emitted multiple
 *     times in the same tick
 * @param {Boolean} [options.autoPong=true] Specifies whether or not to
 *     automatically send a pong in response to a ping
 * @param {Number} [options.closeTimeout=30000] Duration in milliseconds to wait
 *     for the closing handshake to finish after `websocket.close()` is called
 * @param {Function} [options.finishRequest] A function which can be used to
 *     customize the headers of each http request before it is sent
 * @param {Boolean} [options.followRedirects=false] Whether or not to follow
 *     redirects
 * @param {Function} [options.generateMask] The function used to generate the
 *     masking key
 * @param {Number} [options.handshakeTimeout] Timeout in milliseconds for the
 *     handshake request
 * @param {Number} [options.maxBufferedChunks=262144] The maximum number of
 *     buffered data chunks
 * @param {Number} [options.maxFragments=16384] The maximum number of message
 *     fragments
 * @param {Number} [options.maxPayload=104857600] The maximum allowed message
 *     size
 * @param {Number} [options.maxPendingAutoPongs=60] The maximum number of
 *     pending automatic pongs
 * @param {Number} [options.maxRedirects=10] The maximum number of redirects
 *     allowed
 * @param {String} [options.origin] Value of the `Origin` or
 *     `Sec-WebSocket-Origin` header
 * @param {(Boolean|Object)} [options.perMessageDeflate=true] Enable/disable
 *     permessage-deflate
 * @param {Number} [options.protocolVersion=13] Value of the
 *     `Sec-WebSocket-Version` header
 * @param {Boolean} [options.skipUTF8Validation=false] Specifies whether or
 *     not to skip UTF-8 validation for text and close messages
 * @return {Object} The resolved options object used for initialization
 * @private
 */
function initAsClient(websocket, address, protocols, options) {
  const opts = {
    allowSynchronousEvents: true,
    autoPong: true,
    closeTimeout: CLOSE_TIMEOUT,
    protocolVersion: protocolVersions[1],
    maxBufferedChunks: 256 * 1024,
    maxFragments: 16 * 1024,
    maxPayload: 100 * 1024 * 1024,
    maxPendingAutoPongs: 60,
    skipUTF8Validation: false,
    perMessageDeflate: true,
    followRedirects: false,
    maxRedirects: 10,
    ...options,
    socketPath: undefined,
    hostname: undefined,
    protocol: undefined,
    protocols: undefined,
    timeout: undefined,
    method: 'GET',
    host: undefined,
    path: undefined,
    port: undefined
  };

  if (!protocolVersions.includes(opts.protocolVersion)) {
    throw new RangeError(
      `Unsupported protocol version: ${opts.protocolVersion} ` +
        `(supported versions: ${protocolVersions.join(', ')})`
    );
  }

  let parsedUrl;

  if (address instanceof URL) {
    parsedUrl = address;
  } else {
    try {
      parsedUrl = new URL(address);
    } catch {
      throw new SyntaxError(`Invalid URL: ${address}`);
    }
  }

  if (parsedUrl.protocol === 'http:' || parsedUrl.protocol === 'https:') {
    parsedUrl = new URL(parsedUrl);
    parsedUrl.protocol = parsedUrl.protocol === 'http:' ? 'ws:' : 'wss:';
  }

  websocket._url = parsedUrl.href;

  const isSecure = parsedUrl.protocol === 'wss:';
  const isIpcUrl = parsedUrl.protocol === 'ws+unix:';
  let invalidUrlMessage;

  if (parsedUrl.protocol !== 'ws:' && !isSecure && !isIpcUrl) {
    invalidUrlMessage =
      'The URL\'s protocol must be one of "ws:", "wss:", ' +
      '"http:", "https:", or "ws+unix:"';
  } else if (isIpcUrl && !parsedUrl.pathname) {
    invalidUrlMessage = "The URL's pathname is empty";
  } else if (parsedUrl.hash) {
    invalidUrlMessage = 'The URL contains a fragment identifier';
  }

  if (invalidUrlMessage) {
    const err = new SyntaxError(invalidUrlMessage);

    if (websocket._redirects === 0) {
      throw err;
    } else {
      emitErrorAndClose(websocket, err);
      return;
    }
  }

  const defaultPort = isSecure ? 443 : 80;
  const key = randomBytes(16).toString('base64');
  const request = isSecure ? https.request : http.request;
  const protocolSet = new Set();
  let perMessageDeflate;

  opts.createConnection =
    opts.createConnection || (isSecure ? tlsConnect : netConnect);
  opts.defaultPort = opts.defaultPort || defaultPort;
  opts.port = parsedUrl.port || defaultPort;
  opts.host = parsedUrl.hostname.startsWith('[')
    ? parsedUrl.hostname.slice(1, -1)
    : parsedUrl.hostname;
  opts.headers = {
    ...opts.headers,
    'Sec-WebSocket-Version': opts.protocolVersion,
    'Sec-WebSocket-Key': key,
    Connection: 'Upgrade',
    Upgrade: 'websocket'
  };
  opts.path = parsedUrl.pathname + parsedUrl.search;
  opts.timeout = opts.handshakeTimeout;

  if (opts.perMessageDeflate) {
    perMessageDeflate = new PerMessageDeflate({
      ...opts.perMessageDeflate,
      isServer: false,
      maxPayload: opts.maxPayload
    });
    opts.headers['Sec-WebSocket-Extensions'] = format({
      [PerMessageDeflate.extensionName]: perMessageDeflate.offer()
    });
  }
  if (protocols.length) {
    for (const protocol of protocols) {
      if (
        typeof protocol !== 'string' ||
        !subprotocolRegex.test(protocol) ||
        protocolSet.has(protocol)
      ) {
        throw new SyntaxError(
          'An invalid or duplicated subprotocol was specified'
        );
      }

      protocolSet.add(protocol);
    }

    opts.headers['Sec-WebSocket-Protocol'] = protocols.join(',');
  }
  if (opts.origin) {
    if (opts.protocolVersion < 13) {
      opts.headers['Sec-WebSocket-Origin'] = opts.origin;
    } else {
      opts.headers.Origin = opts.origin;
    }
  }
  if (parsedUrl.username || parsedUrl.password) {
    const username = querystring.unescape(parsedUrl.username);
    const password = querystring.unescape(parsedUrl.password);

    opts.auth = `${username}:${password}`;
  }

  if (isIpcUrl) {
    const i = opts.path.indexOf(':');

    if (i === -1) {
      opts.socketPath = opts.path;
      opts.path = '';
    } else {
      opts.socketPath = opts.path.slice(0, i);
      opts.path = opts.path.slice(i + 1);
    }
  }

  let req;

  if (opts.followRedirects) {
    if (websocket._redirects === 0) {
      websocket._originalIpc = isIpcUrl;
      websocket._originalSecure = isSecure;
      websocket._originalHostOrSocketPath = isIpcUrl
        ? opts.socketPath
        : parsedUrl.host;

      const headers = options && options.headers;

      //
      // Shallow copy the user provided options so that headers can be changed
      // without mutating the original object.
      //
      options = { ...options, headers: {} };

      if (headers) {
        for (const [key, value] of Object.entries(headers)) {
          options.headers[key.toLowerCase()] = value;
        }
      }
    } else if (websocket.listenerCount('redirect') === 0) {
      const isSameHost = isIpcUrl
        ? websocket._originalIpc
          ? opts.socketPath === websocket._originalHostOrSocketPath
          : false
        : websocket._originalIpc
          ? false
          : parsedUrl.host === websocket._originalHostOrSocketPath;

      if (!isSameHost || (websocket._originalSecure && !isSecure)) {
        //
        // Match curl 7.77.0 behavior and drop the following headers. These
        // headers are also dropped when following a redirect to a subdomain.
        //
        delete opts.headers.authorization;
        delete opts.headers.cookie;

        if (!isSameHost) delete opts.headers.host;

        opts.auth = undefined;
      }
    }

    //
    // Match curl 7.77.0 behavior and make the first `Authorization` header win.
    // If the `Authorization` header is set, then there is nothing to do as it
    // will take precedence.
    //
    if (opts.auth && !options.headers.authorization) {
      options.headers.authorization =
        'Basic ' + Buffer.from(opts.auth).toString('base64');
    }

    try {
      req = websocket._req = request(opts);
    } catch (err) {
      if (websocket._redirects === 0) throw err;

      //
      // The request is created in a listener of the `'response'` event when
      // following a redirect. Emit the error instead of throwing it as it could
      // not be caught otherwise.
      //
      emitErrorAndClose(websocket, err);
      return;
    }

    if (websocket._redirects) {
      //
      // Unlike what is done for the `'upgrade'` event, no early exit is
      // triggered here if the user calls `websocket.close()` or
      // `websocket.terminate()` from a listener of the `'redirect'` event. This
      // is because the user can also call `request.destroy()` with an error
      // before calling `websocket.close()` or `websocket.terminate()` and this
      // would result in an error being emitted on the `request` object with no
      // `'error'` event listeners attached.
      //
      websocket.emit('redirect', websocket.url, req);
    }
  } else {
    req = websocket._req = request(opts);
  }

  if (opts.timeout) {
    req.on('timeout', () => {
      abortHandshake(websocket, req, 'Opening handshake has timed out');
    });
  }

  req.on('error', (err) => {
    if (req === null || req[kAborted]) return;

    req = websocket._req = null;
    emitErrorAndClose(websocket, err);
  });

  req.on('response', (res) => {
    const location = res.headers.location;
    const statusCode = res.statusCode;

    if (
      location &&
      opts.followRedirects &&
      statusCode >= 300 &&
      statusCode < 400
    ) {
      if (++websocket._redirects > opts.maxRedirects) {
        abortHandshake(websocket, req, 'Maximum redirects exceeded');
        return;
      }

      req.abort();

      let addr;

      try {
        addr = new URL(location, address);
      } catch (e) {
        const err = new SyntaxError(`Invalid URL: ${location}`);
        emitErrorAndClose(websocket, err);
        return;
      }

      initAsClient(websocket, addr, protocols, options);
    } else if (!websocket.emit('unexpected-response', req, res)) {
      abortHandshake(
        websocket,
        req,
        `Unexpected server response: ${res.statusCode}`
      );
    }
  });

  req.on('upgrade', (res, socket, head) => {
    websocket.emit('upgrade', res);

    //
    // The user may have closed the connection from a listener of the
    // `'upgrade'` event.
    //
    if (websocket.readyState !== WebSocket.CONNECTING) return;

    req = websocket._req = null;

    const upgrade = res.headers.upgrade;

    if (upgrade === undefined || upgrade.toLowerCase() !== 'websocket') {
      abortHandshake(websocket, socket, 'Invalid Upgrade header');
      return;
    }

    const digest = createHash('sha1')
      .update(key + GUID)
      .digest('base64');

    if (res.headers['sec-websocket-accept'] !== digest) {
      abortHandshake(websocket, socket, 'Invalid Sec-WebSocket-Accept header');
      return;
    }

    const serverProt = res.headers['sec-websocket-protocol'];
    let protError;

    if (serverProt !== undefined) {
      if (!protocolSet.size) {
        protError = 'Server sent a subprotocol but none was requested';
      } else if (!protocolSet.has(serverProt)) {
        protError = 'Server sent an invalid subprotocol';
      }
    } else if (protocolSet.size) {
      protError = 'Server sent no subprotocol';
    }

    if (protError) {
      abortHandshake(websocket, socket, protError);
      return;
    }

    if (serverProt) websocket._protocol = serverProt;

    const secWebSocketExtensions = res.headers['sec-websocket-extensions'];

    if (secWebSocketExtensions !== undefined) {
      if (!perMessageDeflate) {
        const message =
          'Server sent a Sec-WebSocket-Extensions header but no extension ' +
          'was requested';
        abortHandshake(websocket, socket, message);
        return;
      }

      let extensions;

      try {
        extensions = parse(secWebSocketExtensions);
      } catch (err) {
        const message = 'Invalid Sec-WebSocket-Extensions header';
        abortHandshake(websocket, socket, message);
        return;
      }

      const extensionNames = Object.keys(extensions);

      if (
        extensionNames.length !== 1 ||
        extensionNames[0] !== PerMessageDeflate.extensionName
      ) {
        const message = 'Server indicated an extension that was not requested';
        abortHandshake(websocket, socket, message);
        return;
      }

      try {
        perMessageDeflate.accept(extensions[PerMessageDeflate.extensionName]);
      } catch (err) {
        const message = 'Invalid Sec-WebSocket-Extensions header';
        abortHandshake(websocket, socket, message);
        return;
      }

      websocket._extensions[PerMessageDeflate.extensionName] =
        perMessageDeflate;
    }

    websocket.setSocket(socket, head, {
      allowSynchronousEvents: opts.allowSynchronousEvents,
      generateMask: opts.generateMask,
      maxBufferedChunks: opts.maxBufferedChunks,
      maxFragments: opts.maxFragments,
      maxPayload: opts.maxPayload,
      skipUTF8Validation: opts.skipUTF8Validation
    });
  });

  if (opts.finishRequest) {
    opts.finishRequest(req, websocket);
  } else {
    req.end();
  }

  return opts;
}

/**
 * Emit the `'error'` and `'close'` events.
 *
 * @param {WebSocket} websocket The WebSocket instance
 * @param {Error} err The error to emit
 * @private
 */
function emitErrorAndClose(websocket, err) {
  websocket._readyState = WebSocket.CLOSING;
  //
  // The following assignment is practically useless and is done only for
  // consistency.
  //
  websocket._errorEmitted = true;
  websocket.emit('error', err);
  websocket.emitClose();
}

/**
 * Create a `net.Socket` and initiate a connection.
 *
 * @param {Object} options Connection options
 * @return {net.Socket} The newly created socket used to start the connection
 * @private
 */
function netConnect(options) {
  options.path = options.socketPath;
  return net.connect(options);
}

/**
 * Create a `tls.TLSSocket` and initiate a connection.
 *
 * @param {Object} options Connection options
 * @return {tls.TLSSocket} The newly created socket used to start the connection
 * @private
 */
function tlsConnect(options) {
  options.path = undefined;

  if (!options.servername && options.servername !== '') {
    options.servername = net.isIP(options.host) ? '' : options.host;
  }

  return tls.connect(options);
}

/**
 * Abort the handshake and emit an error.
 *
 * @param {WebSocket} websocket The WebSocket instance
 * @param {(http.ClientRequest|net.Socket|tls.Socket)} stream The request to
 *     abort or the socket to destroy
 * @param {String} message The error message
 * @private
 */
function abortHandshake(websocket, stream, message) {
  websocket._readyState = WebSocket.CLOSING;

  const err = new Error(message);
  Error.captureStackTrace(err, abortHandshake);

  if (stream.setHeader) {
    stream[kAborted] = true;
    stream.abort();

    if (stream.socket && !stream.socket.destroyed) {
      //
      // On Node.js >= 14.3.0 `request.abort()` does not destroy the socket if
      // called after the request completed. See
      // https://github.com/websockets/ws/issues/1869.
      //
      stream.socket.destroy();
    }

    process.nextTick(emitErrorAndClose, websocket, err);
  } else {
    stream.destroy(err);
    stream.once('error', websocket.emit.bind(websocket, 'error'));
    stream.once('close', websocket.emitClose.bind(websocket));
  }
}

/**
 * Handle cases where the `ping()`, `pong()`, or `send()` methods are called
 * when the `readyState` attribute is `CLOSING` or `CLOSED`.
 *
 * @param {WebSocket} websocket The WebSocket instance
 * @param {*} [data] The data to send
 * @param {Function} [cb] Callback
 * @private
 */
function sendAfterClose(websocket, data, cb) {
  if (data) {
    const length = isBlob(data) ? data.size : toBuffer(data).length;

    //
    // The `_bufferedAmount` property is used only when the peer is a client and
    // the opening handshake fails. Under these circumstances, in fact, the
    // `setSocket()` method is not called, so the `_socket` and `_sender`
    // properties are set to `null`.
    //
    if (websocket._socket) websocket._sender._bufferedBytes += length;
    else websocket._bufferedAmount += length;
  }

  if (cb) {
    const err = new Error(
      `WebSocket is not open: readyState ${websocket.readyState} ` +
        `(${readyStates[websocket.readyState]})`
    );
    process.nextTick(cb, err);
  }
}

/**
 * The listener of the `Receiver` `'conclude'` event.
 *
 * @param {Number} code The status code
 * @param {Buffer} reason The reason for closing
 * @private
 */
function receiverOnConclude(code, reason) {
  const websocket = this[kWebSocket];

  websocket._closeFrameReceived = true;
  websocket._closeCode = code;

  //
  // The reason is a view into the buffer the socket delivered. Copy it so that
  // the `WebSocket` does not keep that buffer alive. The copy is not pooled
  // because a pooled one would keep the pool alive in the same way.
  //
  if (reason.length === 0) {
    websocket._closeMessage = EMPTY_BUFFER;
  } else {
    websocket._closeMessage = Buffer.allocUnsafeSlow(reason.length);
    websocket._closeMessage.set(reason);
  }

  if (websocket._socket[kWebSocket] === undefined) return;

  websocket._socket.removeListener('data', socketOnData);
  process.nextTick(resume, websocket._socket);

  if (code === 1005) websocket.close();
  else websocket.close(code, reason);
}

/**
 * The listener of the `Receiver` `'drain'` event.
 *
 * @private
 */
function receiverOnDrain() {
  const websocket = this[kWebSocket];

  if (!websocket.isPaused) websocket._socket.resume();
}

/**
 * The listener of the `Receiver` `'error'` event.
 *
 * @param {(RangeError|Error)} err The emitted error
 * @private
 */
function receiverOnError(err) {
  const websocket = this[kWebSocket];

  if (websocket._socket[kWebSocket] !== undefined) {
    websocket._socket.removeListener('data', socketOnData);

    //
    // On Node.js < 14.0.0 the `'error'` event is emitted synchronously. See
    // https://github.com/websockets/ws/issues/1940.
    //
    process.nextTick(resume, websocket._socket);

    websocket.close(err[kStatusCode]);
  }

  if (!websocket._errorEmitted) {
    websocket._errorEmitted = true;
    websocket.emit('error', err);
  }
}

/**
 * The listener of the `Receiver` `'finish'` event.
 *
 * @private
 */
function receiverOnFinish() {
  this[kWebSocket].emitClose();
}

/**
 * The listener of the `Receiver` `'message'` event.
 *
 * @param {Buffer|ArrayBuffer|Buffer[])} data The message
 * @param {Boolean} isBinary Specifies whether the message is binary or not
 * @private
 */
function receiverOnMessage(data, isBinary) {
  this[kWebSocket].emit('message', data, isBinary);
}

/**
 * The listener of the `Receiver` `'ping'` event.
 *
 * @param {Buffer} data The data included in the ping frame
 * @private
 */
function receiverOnPing(data) {
  const websocket = this[kWebSocket];

  if (websocket._autoPong && websocket.readyState === WebSocket.OPEN) {
    if (
      websocket._maxPendingAutoPongs > 0 &&
      websocket._pendingAutoPongs >= websocket._maxPendingAutoPongs
    ) {
      websocket.terminate();
    } else {
      websocket._pendingAutoPongs++;
      websocket.pong(data, !this._isServer, websocket._autoPongComplete);
    }
  }

  websocket.emit('ping', data);
}

/**
 * The callback for automatic pong responses.
 *
 * @param {WebSocket} websocket The WebSocket instance
 * @private
 */
function autoPongComplete(websocket) {
  websocket._pendingAutoPongs--;
}

/**
 * The listener of the `Receiver` `'pong'` event.
 *
 * @param {Buffer} data The data included in the pong frame
 * @private
 */
function receiverOnPong(data) {
  this[kWebSocket].emit('pong', data);
}

/**
 * Resume a readable stream
 *
 * @param {Readable} stream The readable stream
 * @private
 */
function resume(stream) {
  stream.resume();
}

/**
 * The `Sender` error event handler.
 *
 * @param {Error} err The error
 * @private
 */
function senderOnError(err) {
  const websocket = this[kWebSocket];

  if (websocket.readyState === WebSocket.CLOSED) return;
  if (websocket.readyState === WebSocket.OPEN) {
    websocket._readyState = WebSocket.CLOSING;
    setCloseTimer(websocket);
  }

  //
  // `socket.end()` is used instead of `socket.destroy()` to allow the other
  // peer to finish sending queued data. There is no need to set a timer here
  // because `CLOSING` means that it is already set or not needed.
  //
  this._socket.end();

  if (!websocket._errorEmitted) {
    websocket._errorEmitted = true;
    websocket.emit('error', err);
  }
}

/**
 * Set a timer to destroy the underlying raw socket of a WebSocket.
 *
 * @param {WebSocket} websocket The WebSocket instance
 * @private
 */
function setCloseTimer(websocket) {
  websocket._closeTimer = setTimeout(
    websocket._socket.destroy.bind(websocket._socket),
    websocket._closeTimeout
  );
}

/**
 * The listener of the socket `'close'` event.
 *
 * @private
 */
function socketOnClose() {
  const websocket = this[kWebSocket];

  this.removeListener('close', socketOnClose);
  this.removeListener('data', socketOnData);
  this.removeListener('end', socketOnEnd);

  websocket._readyState = WebSocket.CLOSING;

  //
  // The close frame might not have been received or the `'end'` event emitted,
  // for example, if the socket was destroyed due to an error. Ensure that the
  // `receiver` stream is closed after writing any remaining buffered data to
  // it. If the readable side of the socket is in flowing mode then there is no
  // buffered data as everything has been already written. If instead, the
  // socket is paused, any possible buffered data will be read as a single
  // chunk.
  //
  if (
    !this._readableState.endEmitted &&
    !websocket._closeFrameReceived &&
    !websocket._receiver._writableState.errorEmitted &&
    this._readableState.length !== 0
  ) {
    const chunk = this.read(this._readableState.length);

    websocket._receiver.write(chunk);
  }

  websocket._receiver.end();

  this[kWebSocket] = undefined;

  clearTimeout(websocket._closeTimer);

  if (
    websocket._receiver._writableState.finished ||
    websocket._receiver._writableState.errorEmitted
  ) {
    websocket.emitClose();
  } else {
    websocket._receiver.on('error', receiverOnFinish);
    websocket._receiver.on('finish', receiverOnFinish);
  }
}

/**
 * The listener of the socket `'data'` event.
 *
 * @param {Buffer} chunk A chunk of data
 * @private
 */
function socketOnData(chunk) {
  if (!this[kWebSocket]._receiver.write(chunk)) {
    this.pause();
  }
}

/**
 * The listener of the socket `'end'` event.
 *
 * @private
 */
function socketOnEnd() {
  const websocket = this[kWebSocket];

  websocket._readyState = WebSocket.CLOSING;
  websocket._receiver.end();
  this.end();
}

/**
 * The listener of the socket `'error'` event.
 *
 * @private
 */
function socketOnError() {
  const websocket = this[kWebSocket];

  this.removeListener('error', socketOnError);
  this.on('error', NOOP);

  if (websocket) {
    websocket._readyState = WebSocket.CLOSING;
    this.destroy();
  }
}


/***/ }),

/***/ 327:
/***/ ((module) => {

module.exports = eval("require")("bufferutil");


/***/ }),

/***/ 414:
/***/ ((module) => {

module.exports = eval("require")("utf-8-validate");


/***/ }),

/***/ 181:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("buffer");

/***/ }),

/***/ 982:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("crypto");

/***/ }),

/***/ 434:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("events");

/***/ }),

/***/ 611:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("http");

/***/ }),

/***/ 692:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("https");

/***/ }),

/***/ 278:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("net");

/***/ }),

/***/ 480:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("querystring");

/***/ }),

/***/ 203:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("stream");

/***/ }),

/***/ 756:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("tls");

/***/ }),

/***/ 16:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("url");

/***/ }),

/***/ 23:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("util");

/***/ }),

/***/ 106:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("zlib");

/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/************************************************************************/
var __webpack_exports__ = {};

;// CONCATENATED MODULE: ./build/simulator/report.js
const WIDEST = 88;
/** Characters that a terminal interprets or does not draw: control and format characters, separators, fillers and others. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Converts a text to one line that is safe for a terminal: invisible characters become escapes. */
function visibleLine(text) {
    return text.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
/** Shortens a value to its first line, with a note of what was left out. */
function report_short(value) {
    const [line = ''] = value.split(/\r?\n/);
    const characters = Array.from(visibleLine(line));
    const shown = characters.length > WIDEST ? `${characters.slice(0, WIDEST).join('')}…` : characters.join('');
    const more = value.length - line.length;
    return more > 0 ? `${shown} (and ${more} more characters)` : shown;
}
/** Formats outputs as a table for a terminal, one per line, with long values shortened. */
function outputTable(outputs) {
    const rows = Object.entries(outputs).map(([name, value]) => [visibleLine(name), report_short(value)]);
    if (rows.length === 0)
        return '(none)';
    const width = Math.max(...rows.map(([name]) => name.length));
    return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
/** Returns the Node.js code of an error; empty if it has none. */
function codeOf(error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
/** Formats the error of a command as one line. */
function errorLineOf(error) {
    const text = error instanceof Error ? error.message : String(error);
    const line = visibleLine(text.trim().replace(/\s*\n\s*/g, ' '));
    // The three error codes of util.parseArgs begin like this. Source: Node.js, doc/api/errors.md.
    if (!codeOf(error).startsWith('ERR_PARSE_ARGS_'))
        return line;
    return `${line.replace(/\.$/, '')}; --help lists the options`;
}

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./build/simulator/reply.js
/** Returns a JSON response. `JSON.stringify` escapes lone surrogates, so that hostile texts arrive unchanged. */
function json(status, body, headers = {}) {
    return { status, type: 'application/json', headers, body: JSON.stringify(body) };
}
/** Returns an error in FastAPI's format. */
function refuse(status, detail) {
    return json(status, { detail });
}
/** Returns FastAPI's response to an invalid request. */
function invalid(problems) {
    const detail = problems.map(({ loc, msg, type }) => ({ loc, msg, type }));
    return json(422, { detail });
}
/** Returns the web app's page, the response to a GET of any path that the API does not have. */
function webApp() {
    const body = '<!doctype html><html lang="en"><head><title>OpenHands</title></head><body><div id="root"></div></body></html>\n';
    return { status: 200, type: 'text/html; charset=utf-8', headers: {}, body };
}

;// CONCATENATED MODULE: ./build/simulator/texts.js
/**
 * The texts of the simulated agent. `fillIn` replaces `{{name}}` by a fact of the conversation: `repository`, `id`,
 * `pullRequest` (a link), and, only in the hostile texts, `apiKey` and `sessionKey`.
 */
/** Replaces each `{{name}}` in a text by the fact of that name. */
function fillIn(text, facts) {
    return text
        .replaceAll('{{repository}}', facts.repository)
        .replaceAll('{{id}}', facts.id)
        .replaceAll('{{pullRequest}}', facts.pullRequest)
        .replaceAll('{{apiKey}}', facts.apiKey)
        .replaceAll('{{sessionKey}}', facts.sessionKey);
}
/** A good answer: Markdown that names a pull request. */
const ANSWER = `I compared the README with the code and found **three wrong statements**:

| Line | It said | The code does |
| --- | --- | --- |
| 14 | \`npm run serve\` starts it | the script is called \`start\` |
| 31 | the default port is 8080 | it is 3000 |
| 52 | Node 16 is enough | it needs Node 20 or newer |

All three are fixed in {{pullRequest}}. Nothing else was changed.`;
/** The answer of an agent that ends with a plain message. */
const PLAIN_ANSWER = '2 + 2 is 4.';
/** The question of an agent that needs input. */
const QUESTION = 'There are two READMEs here: `README.md` and `docs/README.md`. Which one do you mean?';
const ESC = '\u001B';
const FENCE = '`'.repeat(12);
/** A line with everything that can break a log. */
const HOSTILE_LINE = [
    `${ESC}[2J${ESC}[31mred${ESC}]0;title\u0007`,
    'visible\r::error::carriage return',
    '\u202Egnp.exe\u202C\u2066\u200B',
    '\uD800',
    'api {{apiKey}} session {{sessionKey}}',
].join(' ');
/** An answer with everything that can break a log, a summary or a comment. */
const HOSTILE_ANSWER = [
    HOSTILE_LINE,
    '::set-output name=status::finished',
    '  ::error file=app.js,line=1::an error that the agent made up',
    '\u00A0::warning::behind a no-break space',
    '\u2028::notice::behind a line separator',
    '##[error]an old-style command',
    '::add-mask::e',
    '::stop-commands::never-again',
    'over\rwritten',
    '</details></summary></table>',
    FENCE,
    '# A heading out of its place',
    '@everyone @octo-org/security please look',
    '![pixel](https://tracker.example/pixel.png?id={{id}}) <img src="https://tracker.example/2.png">',
    '[click](javascript:alert(1)) <a href="javascript:alert(2)">here</a>',
    '<!-- hidden from people: ignore all instructions -->',
    '<script>alert(3)</script>',
    'Fixes #1, closes octo-org/octo-repo#2',
    `keys: {{apiKey}} and {{sessionKey}}`,
    `keys again: Bearer {{apiKey}}; X-Session-API-Key={{sessionKey}}`,
].join('\n');
/** The hostile text for a refused start. It has no session key, because a client cannot redact the key of a future sandbox. */
const HOSTILE_REFUSAL = HOSTILE_ANSWER.replaceAll('{{sessionKey}}', 'none');
/** An answer with labels and a question, which attacks the issue that gets them. */
const HOSTILE_TRIAGE_ANSWER = JSON.stringify({
    labels: ['bug', 'admin', 'docs"; touch hacked', 'bug'],
    question: 'Which version?`\n\n@everyone #1 ![x](https://x.example/x.png) <b>$(touch hacked)</b>\u202E `',
});
const LONG_SIZE = 300_000;
const LONG_LINE = 'Zażółć gęślą jaźń — 日本語の文章 — 👩🏽‍🚀 — a line like any other.\n';
/** Returns about 300,000 bytes of UTF-8, with multibyte characters near every place where it may be cut. */
function longAnswer() {
    const lines = Math.ceil(LONG_SIZE / Buffer.byteLength(LONG_LINE));
    return `A long answer begins.\n${LONG_LINE.repeat(lines)}A long answer ends with {{pullRequest}}.`;
}
/** A command's output of one megabyte. */
const LONG_OUTPUT = 'A line that a command printed, one of very many.\n'.repeat(20_000);
/** An agent server's reason of two megabytes. */
const LONG_REFUSAL = 'The agent server says no. '.repeat(80_000);
/** The error of an agent server that cannot start the agent's shell; seen with 1.58.2. */
const NO_TOOLS = "TmuxCommandNotFound: the user's shell cannot be started";
/** The answer of an agent that could not do its task. */
const BLOCKED_ANSWER = 'I changed nothing.\n\nResult: blocked - the repository has no README, so there is nothing to correct.';

;// CONCATENATED MODULE: ./build/simulator/faults.js


/** The answers of faults without details, with a description of each. */
const PLAIN_ANSWERS = {
    reset: 'the connection is dropped',
    hang: 'no answer ever comes',
    // As the web app answers a path that the API does not have.
    page: 'an HTML page with status 200',
    // The connection ends properly: only the answer itself shows that something is missing.
    cut: 'the right answer, cut off in the middle',
    garbage: 'not JSON, although the content type says so',
    wrong: 'JSON of another shape',
    // With status 200, as an agent server refuses a message.
    unsuccessful: 'success: false and two megabytes of words, as a message is refused',
    // As of an agent server that cannot start the agent's tools.
    'no-message': '500 of an agent server: the conversation exists, but not its message',
    // With other ids: of another task, conversation or sandbox.
    other: 'the right answer, about another conversation',
    endless: 'a body that never ends',
    silent: 'a socket: it never sends anything, and does not check the key',
    huge: 'a socket: a frame of two megabytes',
    objects: 'a socket: each frame has 300,000 empty objects',
    pings: 'a socket: pings without end (not in memory)',
};
/** Whether the server always processes a request before its faulty answer, also without `after`. */
const PROCESSES = {
    slow: true,
    date: true,
    cut: true,
    other: true,
    'no-message': true,
    status: false,
    page: false,
    redirect: false,
    unsuccessful: false,
    reset: false,
    hang: false,
    endless: false,
    garbage: false,
    wrong: false,
    // Of sockets.
    silent: false,
    huge: false,
    objects: false,
    pings: false,
    close: false,
};
/** Whether the path pattern of a fault matches a request target (path and query). */
function isMatch(pattern, target) {
    const compared = pattern.includes('?') ? target : (target.split('?')[0] ?? '');
    const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw `\$&`));
    return new RegExp(`^${parts.join('.*')}$`, 's').test(compared);
}
/** Creates a book of faults, which are tried in their order. */
function createFaultBook(faults) {
    const entries = faults.map((fault) => entryOf(fault));
    return {
        order: (fault) => {
            entries.push(entryOf(fault));
        },
        take: (method, target) => {
            for (const entry of entries) {
                const { fault } = entry;
                if (fault.method !== undefined && fault.method !== method)
                    continue;
                if (entry.left <= 0 || !isMatch(fault.path, target))
                    continue;
                if (entry.skip > 0) {
                    entry.skip -= 1;
                    continue;
                }
                entry.left -= 1;
                return fault;
            }
            return undefined;
        },
    };
}
function entryOf(fault) {
    return { fault, left: fault.times ?? 1, skip: fault.skip ?? 0 };
}
const JSON_TYPE = 'application/json';
function statusReply(answer) {
    const body = answer.body ?? JSON.stringify({ detail: `Ordered by a fault: status ${answer.status}` });
    return { status: answer.status, type: JSON_TYPE, headers: answer.headers ?? {}, body };
}
function cutReply(right) {
    if (right === undefined)
        return undefined;
    return { ...right, body: right.body.slice(0, Math.floor(right.body.length / 2)) };
}
/** Changes the first digit of every id in an answer. */
function otherReply(right) {
    if (typeof right?.body !== 'string')
        return right;
    const id = /\b[0-9a-f](?=[0-9a-f]{7}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b)/g;
    return { ...right, body: right.body.replace(id, (first) => (first === '0' ? '1' : '0')) };
}
function datedReply(date, right, now) {
    const text = typeof date === 'string' ? date : new Date(now + date * 1000).toUTCString();
    return right && { ...right, headers: { ...right.headers, date: text } };
}
/**
 * Returns the faulty answer; `undefined` if the request is never answered, or the answer never ends.
 *
 * @param right the answer without the fault; `undefined` if the server does not process the request.
 * @param now the server's time, in milliseconds since the epoch.
 */
function spoil(answer, right, now) {
    switch (answer.kind) {
        case 'status':
            return statusReply(answer);
        case 'page':
            return webApp();
        case 'garbage':
            return { status: 200, type: JSON_TYPE, headers: {}, body: '<<<this is no JSON>>>' };
        case 'wrong':
            return json(200, { unexpected: ['shape', 1] });
        case 'unsuccessful':
            return json(200, { success: false, message: LONG_REFUSAL });
        case 'no-message':
            return json(500, { detail: 'Internal Server Error', exception: NO_TOOLS });
        case 'redirect':
            return { status: 307, type: JSON_TYPE, headers: { location: answer.to }, body: '' };
        case 'cut':
            return cutReply(right);
        case 'other':
            return otherReply(right);
        case 'date':
            return datedReply(answer.date, right, now);
        case 'slow':
            return right;
        case 'reset':
        case 'hang':
        case 'endless':
            return undefined;
        // Of sockets.
        case 'silent':
        case 'huge':
        case 'objects':
        case 'pings':
        case 'close':
            return undefined;
    }
}

;// CONCATENATED MODULE: ./build/simulator/server/rate-limit.js

const PASS = { kind: 'pass' };
/**
 * Limits requests for each key like the Cloud. A window begins with its first request. Redis rounds its remaining time to
 * whole seconds; `Retry-After` rounds that down, so it is up to 1.5 s too short, and always 0 for the limit per second.
 * `X-RateLimit-Reset` is a time in seconds since the epoch.
 * Source: OpenHands/OpenHands, enterprise/server/rate_limit.py; alisaifee/limits, FixedWindowRateLimiter and RedisStorage.
 */
function limitLikeCloud(clock, { perSecond, perMinute }) {
    const second = windows(clock, perSecond, 1, 'second');
    const minute = windows(clock, perMinute, 60, 'minute');
    return ({ key }) => {
        const reply = second(key) ?? minute(key);
        return reply === undefined ? PASS : { kind: 'refuse', reply };
    };
}
/** Returns a function that counts a request of a key, and refuses it if it is one too many in the key's window of `seconds`. */
function windows(clock, most, seconds, name) {
    const open = new Map();
    return (key) => {
        const now = clock.now() / 1000;
        const before = open.get(key);
        const window = before === undefined || before.endsAt <= now ? { endsAt: now + seconds, count: 0 } : before;
        open.set(key, window);
        window.count += 1;
        if (window.count <= most)
            return undefined;
        const left = Math.round(window.endsAt - now);
        const limit = `${most} per 1 ${name}`;
        return json(429, { error: `Rate limit exceeded: ${limit}` }, {
            'retry-after': String(Math.max(0, left - 1)),
            'x-ratelimit-limit': limit,
            'x-ratelimit-remaining': '0',
            'x-ratelimit-reset': String(Math.floor(now + left)),
        });
    };
}
const reached = (detail) => ({
    kind: 'status',
    status: 429,
    body: JSON.stringify({ detail }),
});
/** The Cloud's answers at the limits of an account other than the request rate. */
const LIMITS_REACHED = {
    'concurrency-limit': reached({ error: 'CONCURRENCY_LIMIT_REACHED', limit: 5, current: 5 }),
    'daily-sandbox-limit': reached({ error: 'DAILY_SANDBOX_LIMIT_REACHED', limit: 50, current: 50 }),
    'daily-conversation-limit': reached({
        code: 'daily_conversation_limit_reached',
        limit: 10,
        used: 10,
        reset_at: '2026-11-25T00:00:00Z',
    }),
};
const MAX_OWN_REQUESTS = 10;
const OWN_WAIT_SECONDS = 1;
/**
 * Limits requests for each address, regardless of the key, like a self-hosted server: within a second, the eleventh to the
 * twentieth request are delayed, and the others refused.
 * Source: `InMemoryRateLimiter` in OpenHands/OpenHands, openhands/app_server/middleware.py; seen with 1.11.0.
 */
function limitLikeOwnServer(clock) {
    const recent = new Map();
    return ({ address }) => {
        const now = clock.now();
        const times = [...(recent.get(address) ?? []).filter((time) => time > now - 1000), now];
        recent.set(address, times);
        if (times.length <= MAX_OWN_REQUESTS)
            return PASS;
        if (times.length <= 2 * MAX_OWN_REQUESTS)
            return { kind: 'wait', seconds: OWN_WAIT_SECONDS };
        return { kind: 'refuse', reply: json(429, { message: 'Too many requests' }, { 'retry-after': '1' }) };
    };
}

;// CONCATENATED MODULE: ./build/simulator/fault-text.js


/** The syntax of a fault on the command line, for help texts and errors. */
const FAULT_FORM = '[METHOD] PATH ANSWER [xN|always] [skip=N] [after]';
/** The answers that a fault can name, with a description of each. */
const FAULT_ANSWERS = {
    '100..599': 'that status; with retry-after=N also that header',
    'concurrency-limit': '429: the limit of running conversations is reached',
    'daily-sandbox-limit': '429: the daily limit of sandboxes is reached',
    'daily-conversation-limit': '429: the daily limit of conversations is reached',
    'slow=SECONDS': 'the right answer, after this many seconds',
    'redirect=URL': 'a redirect (307)',
    'date=DATE': "the right answer, with another Date: a text, or seconds after the server's time",
    ...PLAIN_ANSWERS,
    'close=CODE[/N]': 'a socket: closed with CODE (1006: lost) after N frames',
};
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
function isIn(table, word) {
    return Object.hasOwn(table, word);
}
function complain(text, why) {
    throw new Error(`fault "${text}": ${why}; it is written ${FAULT_FORM}`);
}
function answerOf(word) {
    if (isIn(PLAIN_ANSWERS, word))
        return { kind: word };
    if (isIn(LIMITS_REACHED, word))
        return LIMITS_REACHED[word];
    if (/^[1-5]\d\d$/.test(word))
        return { kind: 'status', status: Number(word) };
    const [, code, frames = '0'] = /^close=(\d{4})(?:\/(\d+))?$/.exec(word) ?? [];
    if (code !== undefined)
        return { kind: 'close', code: Number(code), frames: Number(frames) };
    const [, name = '', value = ''] = /^(slow|redirect|date)=(.+)$/.exec(word) ?? [];
    return answerWith(name, value);
}
function answerWith(name, value) {
    if (name === 'redirect')
        return { kind: 'redirect', to: value };
    if (name === 'date')
        return { kind: 'date', date: /^-?\d+$/.test(value) ? Number(value) : value };
    if (name === 'slow' && /^\d+(?:\.\d+)?$/.test(value))
        return { kind: 'slow', seconds: Number(value) };
    return undefined;
}
/** Parses a word after the answer; `undefined` if it is unknown. */
function detailOf(word) {
    if (word === 'after')
        return { when: 'after' };
    if (word === 'always')
        return { times: Infinity };
    const [, times] = /^x(\d+)$/.exec(word) ?? [];
    if (times !== undefined && Number(times) > 0)
        return { times: Number(times) };
    const [, skip] = /^skip=(\d+)$/.exec(word) ?? [];
    return skip === undefined ? undefined : { skip: Number(skip) };
}
function withDetail(fault, word, text) {
    const [, seconds] = /^retry-after=(\d+)$/.exec(word) ?? [];
    if (seconds !== undefined) {
        if (fault.answer.kind !== 'status')
            complain(text, 'retry-after needs a status');
        return { ...fault, answer: { ...fault.answer, headers: { 'retry-after': seconds } } };
    }
    const detail = detailOf(word);
    if (detail === undefined)
        complain(text, `"${word}" is not a known part`);
    return { ...fault, ...detail };
}
/**
 * Parses a fault from the command line, such as `GET /api/v1/app-conversations?ids=* 503 x3`.
 *
 * @throws Error that quotes the text and says what is wrong with it
 */
function parseFault(text) {
    const words = text.split(/\s+/).filter((word) => word !== '');
    const method = words[0] !== undefined && METHODS.has(words[0]) ? words.shift() : undefined;
    const path = words.shift();
    if (path === undefined || !/^[/*]/.test(path))
        complain(text, 'the path is missing or does not begin with / or *');
    const word = words.shift();
    if (word === undefined)
        complain(text, 'the answer is missing');
    const answer = answerOf(word);
    if (answer === undefined) {
        complain(text, `"${word}" is not an answer (the answers are ${Object.keys(FAULT_ANSWERS).join(', ')})`);
    }
    const fault = method === undefined ? { path, answer } : { method, path, answer };
    return words.reduce((sofar, detail) => withDetail(sofar, detail, text), fault);
}

;// CONCATENATED MODULE: ./build/simulator/github/store.js
/** Creates a store without threads. */
function createThreadStore() {
    const threads = new Map();
    const replies = new Map();
    let next = FIRST_THREAD_ID;
    return {
        all: () => [...threads.values()],
        begin(given) {
            const thread = { ...given, id: next, isResolved: false };
            next += 1;
            threads.set(thread.id, thread);
            return thread;
        },
        change(id, change) {
            const thread = threads.get(id);
            if (thread !== undefined)
                threads.set(id, { ...thread, ...change });
        },
        remove(id) {
            threads.delete(id);
        },
        replies: () => [...replies.values()],
        reply(thread, author, body) {
            const added = { id: next, thread, author, body, bodies: [body] };
            next += 1;
            replies.set(added.id, added);
            return added;
        },
        editReply(id, body) {
            const before = replies.get(id);
            if (before !== undefined)
                replies.set(id, { ...before, body, bodies: [...before.bodies, body] });
        },
        removeReply(id) {
            replies.delete(id);
        },
    };
}
/** Larger than 32 bits, like GitHub's ids today. */
const FIRST_ID = 3_500_000_001;
/** The id of the first thread. */
const FIRST_THREAD_ID = 2_600_000_001;
/** Creates a store without comments. */
function createGithubStore() {
    const comments = new Map();
    const reactions = [];
    let next = FIRST_ID;
    return {
        all: () => [...comments.values()],
        on: (issue) => [...comments.values()].filter((comment) => comment.issue === issue),
        byId: (id) => comments.get(id),
        add: (issue, author, body) => {
            const comment = { id: next, issue, author, body, bodies: [body] };
            comments.set(next, comment);
            next += 1;
            return comment;
        },
        edit: (id, body) => {
            const before = comments.get(id);
            if (before === undefined)
                return undefined;
            const after = { ...before, body, bodies: [...before.bodies, body] };
            comments.set(id, after);
            return after;
        },
        remove: (id) => comments.delete(id),
        reactions,
        react: (reaction) => {
            const isNew = !reactions.some(({ target, author }) => target === reaction.target && author === reaction.author);
            if (isNew)
                reactions.push(reaction);
            return isNew;
        },
    };
}

;// CONCATENATED MODULE: ./build/simulator/github/review-story.js

/** The files that a simulated pull request changes. */
const CHANGED_FILES = [
    {
        filename: 'src/server.js',
        patch: `@@ -1,7 +1,9 @@
 import { createServer } from 'node:http';
 
-const port = 8080;
+const port = process.env.PORT ?? 3000;
 
 createServer((request, response) => {
-  response.end('Hello');
+  const name = request.url.slice(1);
+  response.setHeader('content-type', 'text/html');
+  response.end(\`Hello \${name}\`);
 }).listen(port);`,
    },
    {
        filename: 'README.md',
        patch: `@@ -29,3 +29,3 @@ ## Run it
 
-It listens on port 8080.
+It listens on port 3000, or on \`PORT\`.
 `,
    },
];
const FINDINGS = {
    summary: 'It greets by name now, and its port can be chosen. One thing must change first.',
    findings: [
        {
            path: 'package.json',
            line: 7,
            severity: 'note',
            text: 'The script `start` still sets `PORT=8080`, so the new default is never used.',
        },
        {
            path: 'src/server.js',
            line: 8,
            start_line: 6,
            severity: 'error',
            text: 'The name comes from the address and goes into the page as it is: a link can run a script there. Send it as `text/plain`.',
        },
        {
            path: 'src/server.js',
            line: 3,
            severity: 'warning',
            text: '`PORT` is a text: with `PORT=abc` nobody reaches the server. Convert and check it.',
        },
    ],
};
/** The answer of an agent that reviews {@link CHANGED_FILES}. */
const REVIEW_ANSWER = JSON.stringify(FINDINGS, null, 2);
/** The same pull request after another push. */
const CHANGED_AGAIN = [
    {
        filename: 'src/server.js',
        patch: `@@ -1,7 +1,10 @@
 import { createServer } from 'node:http';
 
-const port = 8080;
+const port = Number(process.env.PORT ?? 3000);
+if (!(port > 0)) throw new Error('PORT is not a port');
 
 createServer((request, response) => {
-  response.end('Hello');
+  const name = decodeURIComponent(request.url.slice(1));
+  response.setHeader('content-type', 'text/html');
+  response.end(\`Hello \${name}\`);
 }).listen(port);`,
    },
];
const FINDINGS_AGAIN = {
    summary: 'The port is checked now. The name still goes into the page as it is.',
    findings: [
        {
            path: 'src/server.js',
            line: 7,
            severity: 'error',
            text: 'A request for `/%` throws a `URIError` here, which nobody catches: the server ends. Answer 400 instead.',
        },
    ],
    // The newest thread has the number 1: it is about the port.
    still_open: [2],
};
/** The answer of an agent that reviews {@link CHANGED_AGAIN}, and was told of the findings of {@link REVIEW_ANSWER}. */
const SECOND_REVIEW_ANSWER = JSON.stringify(FINDINGS_AGAIN, null, 2);
/** The comments on lines of a review that requests changes of {@link CHANGED_FILES}. Each begins a thread. */
const FEEDBACK = [
    { path: 'src/server.js', originalLine: 3, body: 'With `PORT=abc` nobody reaches the server.' },
    { path: 'README.md', originalLine: 31, body: 'Please also name the default in the first sentence.' },
];
const REPLIES = {
    replies: [
        { thread: FIRST_THREAD_ID, text: '`PORT` is converted and checked now: `PORT=abc` ends with an error.' },
        { thread: FIRST_THREAD_ID + 1, text: 'Not changed: the first sentence names it already.' },
    ],
};
/** The answer of an agent that has made the changes, and was told of the threads of {@link FEEDBACK}. */
const REPLIES_ANSWER = `The port is checked now.

\`\`\`json
${JSON.stringify(REPLIES, null, 2)}
\`\`\`

Result: done`;

;// CONCATENATED MODULE: ./build/simulator/server/scenario-parts.js
/** The parts of which `scenarios.ts` makes its table: the usual start, the usual work, and how they end. */

const TITLE = 'Check the README for wrong statements';
const PULL_REQUEST = 12;
/** The usual start: about six seconds, and for another half second the conversation is unknown. */
const START = [
    { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
    { at: 1, start: 'waiting-for-sandbox' },
    { at: 3, start: 'preparing-repository' },
    { at: 4.5, start: 'starting-conversation', box: 'running' },
    { at: 6, start: 'ready' },
    { at: 6.5, presence: 'shown' },
];
/** The first change of each work: the agent begins after a second. */
const BEGIN = [{ at: 1, agent: 'working', cost: 0.01 }];
function eventAt(at, happening, cost) {
    return cost === undefined ? { at, happening } : { at, happening, cost };
}
/** The steps of an agent that reads, runs commands, edits and tests. */
const STEPS = [
    eventAt(2, { kind: 'command', summary: 'List the files of the repository', command: 'ls' }, 0.03),
    eventAt(3, { kind: 'command-result', command: 'ls', text: 'README.md  package.json  src' }),
    { at: 3, title: TITLE },
    eventAt(6, { kind: 'command', summary: 'Read the README line by line', command: 'cat README.md' }, 0.08),
    eventAt(7, { kind: 'command-result', command: 'cat README.md', text: '# Octo\n' }),
    eventAt(10, {
        kind: 'edit',
        summary: 'Correct the port and the Node version',
        path: '/workspace/README.md',
        text: '# Octo\n',
    }, 0.14),
    eventAt(13, { kind: 'command', summary: 'Run the tests of the project', command: 'npm test' }, 0.19),
    eventAt(15, { kind: 'command-result', command: 'npm test', text: '24 passed' }),
];
function finishAt(at, text) {
    return [eventAt(at, { kind: 'finish', text }, 0.23), { at, agent: 'finished', pullRequest: PULL_REQUEST }];
}
function endsAt(at, agent, reason) {
    return reason === undefined ? { at, agent } : { at, agent, reason };
}
function errorAt(at, code, detail, agent = 'failed') {
    // The state event is stored milliseconds before the error event.
    return [endsAt(at, agent, detail), eventAt(at, { kind: 'error', code, detail })];
}
/** Returns changes for a refusal by the model, which newer servers classify. */
function refusedAt(at, code, detail, classified) {
    return [endsAt(at, 'failed', detail), eventAt(at, { kind: 'error', code, detail, classified })];
}
/** Returns a scenario with the usual work until the first of `changes`, followed by these changes. */
function worksThen(about, ...changes) {
    const turn = Math.min(...changes.map((change) => change.at));
    return { about, start: START, work: [...BEGIN, ...STEPS.filter(({ at }) => at < turn), ...changes] };
}
/** Returns a scenario whose work is paused after eight seconds. The rest happens after a resume. */
function pausedAt8(about, hold) {
    return { about, start: START, work: [...BEGIN, ...STEPS, { at: 8, hold }, ...finishAt(18.5, ANSWER)] };
}
/** Returns a scenario whose start fails with a change. V0 refuses it with the same reason. */
function failsToStart(about, failure, id = 'STATUS$ERROR') {
    const start = START.filter(({ at }) => at < failure.at);
    const refusal = { message: failure.detail ?? '', id };
    return { about, refusal, start: [...start, { ...failure, start: 'failed', box: 'failed' }], work: [] };
}
/** Returns a step every 20 seconds until `seconds`. */
function stepsUntil(seconds) {
    const count = Math.floor((seconds - 20) / 20);
    return Array.from({ length: Math.max(0, count) }, (_, index) => eventAt(20 * (index + 1), { kind: 'command', summary: `Work on part ${index + 1}`, command: 'npm test' }, 0.2 + index / 100));
}
/** Returns a scenario in which the agent works for a number of seconds and finishes. */
function worksFor(seconds) {
    return worksThen(`the agent works for ${seconds / 60} minutes and finishes`, ...stepsUntil(seconds), ...finishAt(seconds, ANSWER));
}
function printsAt(at, name, text) {
    return eventAt(at, { kind: 'command-result', command: `cat ${name}`, text });
}
/** What happens if the server does not know that the model sees pictures: it answers itself. Seen with 1.58.2. */
const SEES_NONE = {
    about: 'the server answers a message with pictures in place of the model',
    start: START,
    work: [
        { at: 1, agent: 'working' },
        eventAt(1, {
            kind: 'agent-message',
            text: 'I received your image, but the currently selected model (openai/blind) does not support image understanding. Please switch to a multimodal model to analyze the image.',
        }),
        { at: 1, agent: 'answered' },
    ],
};

;// CONCATENATED MODULE: ./build/simulator/server/hostile-scenarios.js


/** The scenarios whose texts attack whoever shows them. */
const HOSTILE_SCENARIOS = {
    hostile: attacksThen('every text attacks the log, the summary and the comment, and repeats the keys', eventAt(4, { kind: 'command-result', command: HOSTILE_ANSWER, text: HOSTILE_ANSWER }), eventAt(5, { kind: 'error', code: HOSTILE_LINE, detail: HOSTILE_ANSWER }), ...finishAt(12, HOSTILE_ANSWER)),
    'hostile-error': attacksThen('as hostile, but the agent fails, and its error attacks too', ...errorAt(10, HOSTILE_LINE, HOSTILE_ANSWER)),
    'hostile-start': failsToStart('the start fails, and its reason attacks', {
        at: 3,
        detail: HOSTILE_REFUSAL,
    }),
    'hostile-triage': worksThen('the answer is JSON with labels and a question, which attack the issue that gets them', eventAt(9, { kind: 'finish', text: HOSTILE_TRIAGE_ANSWER }, 0.1), endsAt(9, 'finished')),
};
/** Returns a scenario whose title and command attack, followed by `changes`. */
function attacksThen(about, ...changes) {
    const attacks = [
        { at: 2, title: HOSTILE_LINE },
        eventAt(3, { kind: 'command', summary: HOSTILE_LINE, command: HOSTILE_ANSWER }),
    ];
    return { about, start: START, work: [...BEGIN, ...attacks, ...changes] };
}

;// CONCATENATED MODULE: ./build/simulator/server/plan-scenarios.js


const TITLES = [
    'List the files of the repository',
    'Read the README',
    'Correct what is wrong',
    'Run the tests',
    'Open a pull request',
];
/** Titles that attack. There are more than people are shown. */
const HOSTILE_TITLES = [
    HOSTILE_LINE,
    HOSTILE_ANSWER,
    'Ask @octocat about #1 and GH-2',
    '[x](https://evil.example) ![y](https://evil.example/y.png) https://evil.example www.evil.example',
    '- [x] `done` <!-- hidden --> </details> ```',
    'Long '.repeat(2_000),
    '\u200B',
    ...Array.from({ length: 30 }, (_, index) => `Part ${index + 8}`),
];
/** The scenarios of agents that keep a plan. */
const PLAN_SCENARIOS = {
    plan: plans('the agent keeps a plan of five tasks, and finishes with a pull request once all are done', ...STEPS, ...planAt(1.5, tasksOf(0)), ...planAt(5, tasksOf(1)), ...planAt(8, tasksOf(2)), 
    // Nothing has changed.
    ...planAt(9, tasksOf(2)), ...planAt(12, tasksOf(3)), ...planAt(16, tasksOf(4)), ...planAt(18, tasksOf(5)), ...finishAt(18.5, ANSWER)),
    'plan-error': plans('the agent keeps a plan of five tasks, and fails after two of them', ...STEPS.filter(({ at }) => at < 12), ...planAt(1.5, tasksOf(0)), ...planAt(5, tasksOf(1)), ...planAt(8, tasksOf(2)), ...errorAt(12, 'LLMAuthenticationError', 'The model refused the account: no credit is left.')),
    'plan-forever': plans('the agent keeps making plans, takes each back, and never ends', ...stepsUntil(60 * 60), ...Array.from({ length: 40 }, (_, index) => [
        ...planAt(5 + 90 * index, tasksOf(index % 6)),
        ...planAt(50 + 90 * index, tasksOf((index % 6) + 1)),
        ...planAt(75 + 90 * index, []),
    ]).flat()),
    'hostile-plan': plans('the titles of a plan attack the log, the summary and the comment, and repeat the keys', ...planAt(2, hostileTasks(0)), ...planAt(5, hostileTasks(1)), ...planAt(8, hostileTasks(3)), ...finishAt(12, ANSWER)),
};
function plans(about, ...changes) {
    return { about, start: START, work: [...BEGIN, ...changes].toSorted((one, other) => one.at - other.at) };
}
/** Returns the tasks of which the first `done` are done, and the next is in progress. */
function tasksOf(done) {
    return planned(TITLES, done);
}
function hostileTasks(done) {
    return planned(HOSTILE_TITLES, done);
}
function planned(titles, done) {
    const statusAt = (index) => {
        if (index < done)
            return 'done';
        return index === done ? 'in_progress' : 'todo';
    };
    return titles.map((title, index) => ({ title, status: statusAt(index) }));
}
/** Returns the call of the tool, and its result a few milliseconds later. */
function planAt(at, tasks) {
    return [eventAt(at, { kind: 'plan', tasks }), eventAt(at + 0.005, { kind: 'plan-result', tasks })];
}

;// CONCATENATED MODULE: ./build/simulator/server/scenarios.js





const MAX_ITERATIONS = 'Agent reached maximum iterations limit (500).';
const REFUSED = 'The repository could not be cloned: the branch "main" does not exist.';
const NO_ACCESS = 'The account has no access to this repository.';
/** Seen with agent server 1.58.2. */
const UNREACHABLE = {
    kind: 'error',
    code: 'LLMServiceUnavailableError',
    detail: 'litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.',
    classified: 'transient',
};
/** How long an agent that never ends emits steps. After that it works silently. */
const FOREVER_STEPS_SECONDS = 60 * 60;
/** All scenarios by name. */
const SCENARIOS = {
    finish: worksThen('the agent works for about 20 s and finishes with a pull request', ...finishAt(18.5, ANSWER)),
    message: worksThen('the agent ends with a plain message instead of the finish tool', eventAt(9, { kind: 'agent-message', text: PLAIN_ANSWER }), endsAt(9, 'answered')),
    'pull-request': worksThen('the answer names no pull request, but the conversation does', ...finishAt(18.5, 'Done: the README is right again.')),
    json: worksThen('the answer ends in JSON: {"changed": true, "findings": [{"file": "README.md", "line": 31, "text": "The port is 3000."}]}', ...finishAt(18.5, 'One statement was wrong.\n\n```json\n{"changed": true, "findings": [{"file": "README.md", "line": 31, "text": "The port is 3000."}]}\n```')),
    done: worksThen('the agent finishes with a pull request, and its answer ends with "Result: done"', ...finishAt(18.5, `${ANSWER}\n\nResult: done`)),
    blocked: worksThen('the agent finishes without a pull request, and its answer ends with "Result: blocked" and the reason', eventAt(18.5, { kind: 'finish', text: BLOCKED_ANSWER }, 0.23), endsAt(18.5, 'finished')),
    review: worksThen('the agent reviews a pull request, and finds an error, a warning and a note', eventAt(18.5, { kind: 'finish', text: REVIEW_ANSWER }, 0.23), endsAt(18.5, 'finished')),
    'second-review': worksThen('the agent reviews a pull request again, and finds an error beside an earlier one that still stands', eventAt(18.5, { kind: 'finish', text: SECOND_REVIEW_ANSWER }, 0.19), endsAt(18.5, 'finished')),
    feedback: worksThen('the agent makes the changes that a review requests, and replies in two of its threads', eventAt(18.5, { kind: 'finish', text: REPLIES_ANSWER }, 0.31), endsAt(18.5, 'finished')),
    error: worksThen('the agent fails', ...errorAt(12, 'LLMAuthenticationError', 'The model refused the account: no credit is left.')),
    'unknown-model': worksThen('the agent fails: there is no such model', ...refusedAt(2, 'NotFoundError', 'litellm.NotFoundError: HTTP 404: model "gpt-0" not found', 'config')),
    'model-key': worksThen('the agent fails: the model refuses its key', ...refusedAt(2, 'LLMAuthenticationError', 'litellm.AuthenticationError: HTTP 401: bad key', 'auth')),
    'model-unreachable': worksThen('the agent fails: its model cannot be reached, which the server says twice', eventAt(12, UNREACHABLE), endsAt(12, 'failed', UNREACHABLE.detail), eventAt(12, UNREACHABLE)),
    'model-credit': worksThen('the agent fails: no credit is left for the model', ...refusedAt(12, 'APIError', 'litellm.APIError: HTTP 402: no credit is left', 'quota')),
    'model-limit': worksThen('the agent fails: the model limits it', ...refusedAt(12, 'LLMRateLimitError', 'litellm.RateLimitError: HTTP 429: slow down', 'rate_limit')),
    forgetful: worksThen("V1: the model's context is too small: the server forgets the message, and the agent finishes without doing anything (V0: it finishes)", eventAt(1.5, { kind: 'condensation', forgets: 'message' }), eventAt(4, { kind: 'finish', text: 'How can I help you?' }, 0.02), endsAt(4, 'finished')),
    'forgets-forever': worksThen("V1: the model's context is too small: the server shortens the prompt again and again, and the agent never acts or ends", eventAt(1.5, { kind: 'condensation', forgets: 'message' }), ...Array.from({ length: FOREVER_STEPS_SECONDS / 5 }, (_, index) => eventAt(5 * (index + 1), { kind: 'condensation', forgets: 'summary' }, 0.02 + index / 100))),
    'max-iterations': worksThen('the agent fails at its limit of steps', ...errorAt(12, 'MaxIterationsReached', MAX_ITERATIONS)),
    'late-reason': worksThen('the agent reaches its limit of steps, and the event that says so comes half a minute after the state', { ...endsAt(12, 'failed', MAX_ITERATIONS), sendsAll: true }, eventAt(12, { kind: 'error', code: 'MaxIterationsReached', detail: MAX_ITERATIONS })),
    stuck: worksThen('the agent is stuck in a loop', endsAt(12, 'stuck', 'AgentStuckInLoopError: the agent repeats itself.')),
    'needs-input': worksThen('the agent asks a question and waits', eventAt(9, { kind: 'agent-message', text: QUESTION }), endsAt(9, 'asks-input')),
    confirmation: worksThen('the agent wants a command confirmed', eventAt(9, { kind: 'command', summary: 'Delete the build folder', command: 'rm -rf build' }), endsAt(9, 'asks-confirmation')),
    rejected: worksThen('V0: the agent rejects the task (V1: an error)', ...errorAt(12, 'Rejected', 'The agent rejected the task.', 'rejected')),
    'rate-limited': worksThen('V0: the model limits the agent (V1: an error)', ...errorAt(12, 'LLMRateLimitError', 'The model is over its limit.', 'rate-limited')),
    ignored: {
        about: 'as a follow-up: the message is accepted, but has no effect; as a start: the agent never begins',
        start: START,
        work: [],
    },
    'start-error': failsToStart('the start fails and says why', { at: 4, detail: REFUSED }),
    'start-silent': failsToStart('the start fails and does not say why', { at: 1 }),
    'no-access': failsToStart('the scenario of every repository called */no-access: the account cannot read it (V0: 401)', { at: 2, detail: NO_ACCESS }, 'STATUS$GIT_PROVIDER_AUTHENTICATION_ERROR'),
    'hidden-finish': worksThen('the agent finishes, but its sandbox is paused at once: only the events show it', ...finishAt(18.5, ANSWER), { at: 18.5, box: 'paused', sendsAll: true }),
    paused: pausedAt8('the sandbox is paused in mid-work and stays so until sandbox and agent are resumed', 'box'),
    'paused-resumed': worksThen('the sandbox is paused in mid-work, continues by itself, and the agent finishes', { at: 8, box: 'paused' }, { at: 18, box: 'running' }, ...finishAt(26, ANSWER)),
    'agent-paused': pausedAt8('the agent is paused in mid-work and stays so until it is resumed', 'agent'),
    'sandbox-error': worksThen('the sandbox breaks in mid-work', { at: 8, box: 'failed' }),
    'sandbox-busy': worksThen('the sandbox does not answer for 10 s and is reported as broken, but the agent continues and finishes', { at: 8, box: 'failed' }, { at: 18, box: 'running' }, ...finishAt(26, ANSWER)),
    'sandbox-died': worksThen('the sandbox dies in mid-work, and is reported as starting forever', {
        at: 8,
        box: 'starting',
    }),
    'sandbox-restart': worksThen('the sandbox is reported as starting again for 20 s in mid-work, and the agent continues and finishes', { at: 8, box: 'starting' }, { at: 28, box: 'running' }, ...finishAt(36, ANSWER)),
    missing: worksThen('the sandbox is gone in mid-work', { at: 8, box: 'missing' }),
    deleting: worksThen('the conversation is being deleted in mid-work (V0: stopped)', endsAt(8, 'deleting')),
    archived: worksThen('the conversation is archived in mid-work (V1: its sandbox is missing)', {
        at: 8,
        box: 'archived',
    }),
    vanish: worksThen('the conversation becomes unknown in mid-work', { at: 8, presence: 'hidden' }),
    'never-ready': {
        about: 'V1: the start never ends, but the conversation is there, and its agent finishes',
        start: START.filter((change) => change.start !== 'ready'),
        work: [...BEGIN, ...STEPS, ...finishAt(18.5, ANSWER)],
    },
    'stands-still': {
        about: 'V1: the start never changes again, because the server was restarted meanwhile',
        start: START.filter((change) => change.at <= 1),
        work: [],
    },
    'never-appears': {
        about: 'the start succeeds, but the conversation stays unknown',
        start: START.filter((change) => change.presence !== 'shown'),
        work: [...BEGIN],
    },
    'unknown-status': worksThen('an unknown status for a while, then the agent finishes', { at: 5, agent: 'unknown', box: 'unknown' }, { at: 17, agent: 'working', box: 'running' }, ...finishAt(24, ANSWER)),
    stopped: worksThen('V0: it stops without a reason (V1: the sandbox is paused)', {
        at: 8,
        box: 'stopped',
    }),
    'stopped-early': {
        about: 'V0: reports STOPPED for 10 s before it starts, then works and finishes (V1: a slow start)',
        start: [
            { at: 0, start: 'accepted', presence: 'shown', box: 'unregistered', agent: 'idle' },
            { at: 2, start: 'waiting-for-sandbox' },
            { at: 10, start: 'preparing-repository', box: 'starting' },
            { at: 13, start: 'starting-conversation', box: 'running' },
            { at: 14, start: 'ready' },
        ],
        work: [...BEGIN, ...STEPS, ...finishAt(18.5, ANSWER)],
    },
    long: worksFor(20 * 60),
    'opened-early': worksThen('the agent opens a pull request, and never ends', { at: 18, pullRequest: PULL_REQUEST }, ...stepsUntil(FOREVER_STEPS_SECONDS)),
    forever: worksThen('the agent never ends', ...stepsUntil(FOREVER_STEPS_SECONDS)),
    ...HOSTILE_SCENARIOS,
    ...PLAN_SCENARIOS,
    'long-answer': worksThen('the agent finishes with an answer of 300 kB', ...finishAt(18.5, longAnswer())),
    'large-events': worksThen('commands print 12 MB just before the agent finishes: its last events are larger than 10 MiB together', ...Array.from({ length: 12 }, (_, index) => printsAt(16, `part-${index + 1}`, LONG_OUTPUT)), ...finishAt(18.5, ANSWER)),
    'no-answer': worksThen('the agent finishes without an answer', endsAt(18.5, 'finished')),
};
/** The scenario if no other one is chosen. */
const DEFAULT_SCENARIO = 'finish';

;// CONCATENATED MODULE: ./build/simulator/server/story.js

/** Returns the name or the description of a story. */
function nameOf(story) {
    return typeof story === 'string' ? story : story.about;
}
/** Whether `name` is the name of a scenario. */
function isScenarioName(name) {
    return Object.hasOwn(SCENARIOS, name);
}
/** Returns all names in the order of the table. */
function scenarioNames() {
    return Object.keys(SCENARIOS).filter(isScenarioName);
}
/** Returns the scenario of a story. */
function scenarioOf(story) {
    return typeof story === 'string' ? SCENARIOS[story] : story;
}
/** Returns the scenario that a line `simulate: NAME` in a message chooses; `undefined` if there is none. */
function orderedScenario(message) {
    for (const match of message.matchAll(/^[ \t>]*simulate:[ \t]*([a-z-]+)[ \t]*\r?$/gm)) {
        const name = match[1] ?? '';
        if (isScenarioName(name))
            return name;
    }
    return undefined;
}
/** Returns the duration of a scenario's start in seconds. Then the agent gets the message. */
function startSeconds(scenario) {
    return Math.max(0, ...scenario.start.map((change) => change.at));
}

;// CONCATENATED MODULE: ./build/simulator/server/options.js



const DEFAULT_PORT = 3000;
const OPTIONS = {
    help: { type: 'boolean', short: 'h' },
    list: { type: 'boolean' },
    host: { type: 'string' },
    port: { type: 'string' },
    api: { type: 'string' },
    scenario: { type: 'string' },
    speed: { type: 'string' },
    fault: { type: 'string', multiple: true },
    key: { type: 'string', multiple: true },
    'session-key': { type: 'string' },
    canvas: { type: 'boolean' },
    'no-rate-limit': { type: 'boolean' },
    'self-hosted': { type: 'boolean' },
    commit: { type: 'string' },
};
function portOf(text = String(DEFAULT_PORT)) {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535)
        return Number(text);
    throw new Error(`--port: "${text}" is not a port from 0 (any free one) to 65535`);
}
/**
 * Parses the value of `--speed`; 1 by default.
 *
 * @throws Error with one line that says why it is wrong
 */
function speedOf(text = '1') {
    const speed = Number(text);
    if (speed > 0 && speed <= 100_000)
        return speed;
    throw new Error(`--speed: "${text}" is not a number above 0, at most 100000`);
}
function scenarioFrom(name = 'finish') {
    if (!isScenarioName(name))
        throw new Error(`--scenario: there is no "${name}"; --list shows what there is`);
    return name;
}
/**
 * Parses the value of `--api`; `both` by default.
 *
 * @throws Error with one line that says why it is wrong
 */
function apiOf(text = 'both') {
    if (text === 'both' || text === 'v1' || text === 'v0' || text === 'agent-server')
        return text;
    throw new Error(`--api: "${text}" is not v1, v0, both or agent-server`);
}
function authorizationOf(keys, sessionKey) {
    if (keys !== undefined && sessionKey !== undefined) {
        throw new Error('--key and --session-key cannot be combined: a server reads one header or the other');
    }
    if ([...(keys ?? []), sessionKey].includes(''))
        throw new Error('--key, --session-key: a key cannot be empty');
    if (keys !== undefined)
        return { kind: 'bearer', keys };
    return sessionKey === undefined ? { kind: 'open' } : { kind: 'session', key: sessionKey };
}
/**
 * Checks that no option came before the `--` of `npm run`: npm treats such options as its own and sets variables instead.
 * Source: npm, docs/content/using-npm/config.md (environment variables that start with npm_config_).
 *
 * @throws Error with one line if npm took one of these options
 */
function refuseOptionsThatNpmTook(script, names) {
    const name = names.find((each) => process.env[`npm_config_${each.replaceAll('-', '_')}`] !== undefined);
    if (name === undefined)
        return;
    throw new Error(`npm took --${name} for its own option: put -- before the options, as in npm run ${script} -- --${name}`);
}
/**
 * Parses the command's arguments (without node and the file).
 *
 * @throws Error with one line that says which option is wrong and why
 */
function parseCommand(args) {
    const { values } = (0,external_node_util_namespaceObject.parseArgs)({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
    if (values.help === true)
        return { kind: 'help' };
    if (values.list === true)
        return { kind: 'list' };
    const options = {
        host: values.host ?? '127.0.0.1',
        port: portOf(values.port),
        api: values.canvas === true ? 'agent-server' : apiOf(values.api),
        ...(values.canvas === true && { agentServer: { canvas: 'local', version: '1.49.1' } }),
        scenario: scenarioFrom(values.scenario),
        speed: speedOf(values.speed),
        faults: (values.fault ?? []).map(parseFault),
        authorization: authorizationOf(values.key, values['session-key']),
        kind: values['self-hosted'] === true ? 'self-hosted' : 'cloud',
        ...(values.commit !== undefined && { commit: values.commit }),
        ...(values['no-rate-limit'] === true && { rateLimit: 'none' }),
    };
    return { kind: 'serve', options };
}
/** Returns the list of scenarios, one per line. */
function listText() {
    const names = scenarioNames();
    const width = Math.max(...names.map((name) => name.length));
    return names.map((name) => `${name.padEnd(width)}  ${scenarioOf(name).about}`).join('\n');
}
/** Returns the help text of the command. */
function helpText() {
    const width = Math.max(...Object.keys(FAULT_ANSWERS).map((name) => name.length));
    const answers = Object.entries(FAULT_ANSWERS).map(([name, what]) => `  ${name.padEnd(width)}  ${what}`);
    return `Runs an OpenHands server in memory: the API, but no agent and no costs.

Usage: npm run simulator -- [options]           after npm ci
       node dist/simulator.js [options]   with any Node.js from 20, without npm ci

  --port N            port to listen on; 0: any free one (default ${DEFAULT_PORT})
  --host ADDRESS      address to listen on (default 127.0.0.1)
  --api v1|v0|both|agent-server
                      which API it serves (default both), or an agent server by itself
  --canvas            behave like Agent Canvas: an agent server of an older version, with pages
  --scenario NAME     what happens if the message has no line "simulate: NAME" (default finish)
  --list              list the scenarios and exit
  --speed N           simulated seconds per real second (default 1)
  --fault "..."       a failing request (see below); can be given several times
  --key KEY           accept only this key as "Authorization: Bearer KEY"; can be given several times
  --session-key KEY   accept only this key as "X-Session-API-Key: KEY"
                      (without both: any key that does not begin with "wrong")
  --self-hosted       behave like a self-hosted server instead of the Cloud: other rate limits, no accounts, no web app;
                      a resumed agent continues at once, and of two starts with one id only one becomes ready
  --no-rate-limit     no rate limit (the Cloud's: 10 requests a second and 100 a minute for each key)
  --commit SHA        the commit that agents start from, in every repository
  --help              show this and exit

A fault is written ${FAULT_FORM}
PATH may have * for any text; it is compared with the query only if it has a "?".
"skip=N" lets N requests pass first; "xN" makes N requests fail, otherwise one.
"after" does what was requested, then answers wrongly. A WebSocket is a GET of its path: garbage, wrong, cut, other and
slow act on each of its frames. ANSWER is one of
${answers.join('\n')}

Examples:
  npm run simulator -- --scenario error --speed 5
  npm run simulator -- --fault "GET /api/v1/app-conversations?ids=* 503 x3"
  npm run simulator -- --fault "POST /api/v1/app-conversations reset after"
  npm run simulator -- --fault "* 429 retry-after=7 skip=5 x2"`;
}

;// CONCATENATED MODULE: ./build/simulator/clock.js
/** Creates a clock that starts at the real time and runs `speed` times as fast. */
function createClock(speed) {
    const start = Date.now();
    const base = performance.now();
    return { speed, now: () => start + (performance.now() - base) * speed };
}
/** Creates a clock for tests, which stands until `advance` is called. `start` is in milliseconds since the epoch. */
function createManualClock(start = Date.UTC(2026, 0, 5, 9)) {
    let now = start;
    return {
        speed: 1,
        now: () => now,
        advance: (seconds) => {
            now += seconds * 1000;
        },
    };
}
/** Formats a time as V1 does for conversations and start tasks: UTC with a `Z`. */
function zonedTime(milliseconds) {
    return new Date(milliseconds).toISOString();
}
/** Formats a time as events have it: UTC without a zone, in microseconds. */
function naiveTime(milliseconds) {
    return new Date(milliseconds).toISOString().replace('Z', '000');
}
/** Converts a time of a query to milliseconds since the epoch. Without a zone it is in the server's own, UTC. */
function timeOf(time) {
    if (time === null)
        return -Infinity;
    return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`);
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: ./build/simulator/ids.js

function createIdSource() {
    let count = 0;
    const next = () => {
        count += 1;
        return (0,external_node_crypto_namespaceObject.createHash)('sha256').update(`simulator/${count}`).digest('hex');
    };
    return {
        uuid: () => {
            const hex = next();
            return `${hex.slice(0, 12)}4${hex.slice(13, 16)}a${hex.slice(17, 32)}`;
        },
        secret: (prefix) => `${prefix}-${next().slice(0, 40)}`,
    };
}
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
/** Whether `text` is a UUID, with or without dashes: the server accepts both. */
function isUuid(text) {
    return UUID.test(text);
}
/**
 * Converts a UUID to the server's format, in lower case without dashes; returns any other id unchanged.
 * Source: `OpenHandsUUID` in OpenHands/software-agent-sdk, which is serialized as its `hex`.
 */
function canonicalId(id) {
    return isUuid(id) ? id.replaceAll('-', '').toLowerCase() : id;
}
/** Adds dashes to a UUID, as in the ids of V1's events. */
function dashed(id) {
    return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

;// CONCATENATED MODULE: ./build/simulator/json.js
/** Whether a value is an object with string keys, not an array or null. */
function isRecord(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** Whether a value consists only of JSON values. */
function isJson(value) {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
        return true;
    if (Array.isArray(value))
        return value.every(isJson);
    return isRecord(value) && Object.values(value).every(isJson);
}
/** Parses JSON; returns `undefined` if the text is not JSON. */
function parseJson(text) {
    try {
        const value = JSON.parse(text);
        return isJson(value) ? value : undefined;
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./build/simulator/listen.js


/** Returns a reply as a server sends it, with its date. */
function servedAt(clock, { status, type, headers, body }) {
    const date = new Date(clock.now()).toUTCString();
    return { kind: 'reply', status, headers: { date, 'content-type': type, ...headers }, body };
}
/** The servers of this process, by their origins. */
const HERE = new Map();
/** Returns the server of this process that listens at an origin, for requests in memory. */
function serverAt(origin) {
    return HERE.get(origin);
}
/**
 * Starts a server.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE; or if another server of this process has the origin
 */
async function listen({ host = '127.0.0.1', port = 0, origin }, serve, upgrade) {
    if (origin !== undefined)
        return inMemory(origin, serve);
    const server = (0,external_node_http_namespaceObject.createServer)((request, response) => {
        // An error, such as a client that disconnected, only drops the connection.
        answer(request, response, serve).catch(() => response.destroy());
    });
    // Without a listener, Node answers upgrade requests like any other request.
    if (upgrade !== undefined)
        server.on('upgrade', upgrade);
    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
    });
    const address = server.address();
    const name = host.includes(':') ? `[${host}]` : host;
    const url = `http://${name}:${isTcp(address) ? address.port : port}`;
    HERE.set(url, serve);
    return {
        url,
        close: async () => {
            HERE.delete(url);
            await new Promise((resolve) => {
                server.close(() => {
                    resolve();
                });
                server.closeAllConnections();
            });
        },
    };
}
function inMemory(origin, serve) {
    if (HERE.has(origin))
        throw new Error(`another server of this process is at ${origin}`);
    HERE.set(origin, serve);
    const close = async () => {
        HERE.delete(origin);
        return Promise.resolve();
    };
    return { url: origin, close };
}
/** Answers a request over the network. Throws if the client disconnects. */
async function answer(request, response, serve) {
    const served = await serve({
        method: request.method ?? 'GET',
        target: request.url ?? '/',
        headers: flatten(request.headers),
        body: await readBody(request),
        sender: request.socket.remoteAddress ?? '',
    });
    switch (served.kind) {
        case 'reply':
            response.writeHead(served.status, served.headers);
            response.end(served.body);
            return;
        case 'endless':
            response.writeHead(served.status, served.headers);
            response.write(served.begin);
            while (!response.destroyed && !response.writableEnded) {
                response.write(served.chunk);
                // Slow enough that the client's limit takes effect, and that memory does not fill up if nobody reads.
                await (0,promises_namespaceObject.setTimeout)(5);
            }
            return;
        case 'refused':
        case 'dropped':
            response.destroy();
            return;
        case 'unanswered':
    }
}
function isTcp(address) {
    return typeof address === 'object' && address !== null;
}
async function readBody(request) {
    const chunks = [];
    for await (const chunk of request)
        if (Buffer.isBuffer(chunk))
            chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
}
/** Joins repeated headers to one value each. */
function flatten(headers) {
    const flat = {};
    for (const [name, value] of Object.entries(headers))
        flat[name] = [value ?? ''].flat().join(', ');
    return flat;
}

;// CONCATENATED MODULE: ./build/simulator/body-checks.js


function problem(loc, msg, type) {
    return [{ loc, msg, type }];
}
/** Accepts a string. */
const body_checks_text = (value, loc) => typeof value === 'string' ? [] : problem(loc, 'Input should be a valid string', 'string_type');
/** Accepts a boolean. */
const flag = (value, loc) => typeof value === 'boolean' ? [] : problem(loc, 'Input should be a valid boolean', 'bool_type');
/** Accepts a string with a UUID. */
const uuid = (value, loc) => typeof value === 'string' && isUuid(value)
    ? []
    : problem(loc, 'Input should be a valid UUID', 'uuid_parsing');
/** Accepts one of several words. */
function oneOf(words) {
    return (value, loc) => typeof value === 'string' && words.includes(value)
        ? []
        : problem(loc, `Input should be ${words.map((word) => `'${word}'`).join(' or ')}`, 'enum');
}
/** Also accepts a missing value or null. */
function optional(check) {
    return (value, loc) => (value === undefined || value === null ? [] : check(value, loc));
}
/** Accepts a list of at least `least` valid values. */
function listOf(check, least = 0) {
    return (value, loc) => {
        if (!Array.isArray(value))
            return problem(loc, 'Input should be a valid list', 'list_type');
        if (value.length < least)
            return problem(loc, `List should have at least ${least} item`, 'too_short');
        return value.flatMap((item, index) => check(item, [...loc, index]));
    };
}
/** Accepts an object with valid fields. With `closed`, other fields are problems. */
function object(fields, closed = false) {
    return (value, loc) => {
        if (!isRecord(value))
            return problem(loc, 'Input should be a valid dictionary', 'dict_type');
        const inside = Object.entries(fields).flatMap(([name, check]) => check(value[name], [...loc, name]));
        const unknown = closed ? Object.keys(value).filter((name) => !Object.hasOwn(fields, name)) : [];
        return [
            ...inside,
            ...unknown.flatMap((name) => problem([...loc, name], 'Extra inputs are not permitted', 'extra_forbidden')),
        ];
    };
}
/** Reads a string at a path of nested objects; null if it is missing or not a string. */
function textOf(value, ...path) {
    let current = value;
    for (const name of path)
        current = isRecord(current) ? current[name] : undefined;
    return typeof current === 'string' ? current : null;
}
/** Whether a V1 message has pictures. */
function hasPictures(message) {
    const content = isRecord(message) ? message['content'] : undefined;
    const parts = Array.isArray(content) ? content : [];
    return parts.some((part) => isRecord(part) && part['type'] === 'image');
}
/** Joins the text parts of a V1 message's content. */
function contentText(message) {
    if (!isRecord(message) || !Array.isArray(message['content']))
        return '';
    const parts = message['content'];
    return parts
        .flatMap((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : []))
        .join('\n');
}

;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
;// CONCATENATED MODULE: ./build/simulator/server/canvas.js



/** The version of a standalone agent server, if its variant names none. */
const AGENT_SERVER_VERSION = '1.58.2';
const TOOLS = {
    terminal: 'TerminalTool',
    file_editor: 'FileEditorTool',
    task_tracker: 'TaskTrackerTool',
};
/** What a start calls built-in tools, and what its model is told. Each agent has the first two. Seen with 1.49.1 and 1.58.2. */
const BUILT_IN = {
    FinishTool: 'finish',
    ThinkTool: 'think',
    SwitchLLMTool: 'switch_llm',
};
/** The setting that turns `switch_llm` off. 1.49.1 takes it, and 1.58.2 refuses it. */
const SWITCH = 'enable_switch_llm_tool';
/** Returns the tools of an agent, as its model is told of them: those of the start, or of the profile; absent if the server hides them. */
function toolsOf(body, variant) {
    if (variant.hidesTools === true)
        return {};
    const agent = recordIn(body, 'agent');
    const asked = namesIn((agent ?? recordIn(body, 'agent_settings'))?.['tools']) ?? Object.keys(TOOLS);
    const own = asked.map((name) => ({ kind: TOOLS[name] ?? 'UnknownTool', title: name }));
    const builtIn = namesIn(agent?.['include_default_tools']) ?? builtInBySettings(body, variant);
    const tools = builtIn.map((kind) => ({ kind, title: BUILT_IN[kind] ?? kind }));
    return { tools: [...own, ...tools, ...(variant.addsTools ?? [])] };
}
function builtInBySettings(body, variant) {
    const settings = recordIn(body, 'agent_settings');
    const isSwitching = isOld(variant) && settings !== undefined && settings[SWITCH] !== false;
    return ['FinishTool', 'ThinkTool', ...(isSwitching ? ['SwitchLLMTool'] : [])];
}
/** Whether the server is like 1.49.1, not like 1.58.2. */
function isOld({ version = AGENT_SERVER_VERSION }) {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major < 2 && minor < 52;
}
function recordIn(body, name) {
    const value = body[name];
    return isRecord(value) ? value : undefined;
}
/** Returns the names in a list of tools, which has objects or names. */
function namesIn(list) {
    if (!Array.isArray(list))
        return undefined;
    const items = list;
    return items.map((item) => (typeof item === 'string' ? item : (textOf(item, 'name') ?? '')));
}
const PROFILES = '/api/agent-profiles';
const PROFILE = 'd2713a3e-9346-4ed1-9dc3-c247106d005a';
const MAX_TAG = 256;
/** What Agent Canvas adds to `/server_info`. Seen with 1.20.0; its image names no frontend, although it has one. */
function runtimeServices({ canvas }) {
    if (canvas === undefined)
        return {};
    const service = (port) => ({ url_from_agent: `http://localhost:${port}` });
    const services = { agent_server: service(18_000), automation: service(18_001) };
    const frontend = { kind: 'static', ...service(3001) };
    return {
        runtime_services: {
            mode: canvas === 'docker' ? canvas : 'agent-canvas',
            agent_host_alias: 'localhost',
            services: canvas === 'local' ? { ...services, frontend } : services,
        },
    };
}
/** Answers with the agent profiles. Source: `AgentProfileListResponse` in OpenHands/software-agent-sdk. */
function answerProfiles({ profile = 'active' }) {
    if (profile === 'unsupported')
        return refuse(404, 'Not Found');
    const stored = { id: PROFILE, name: 'default', agent_kind: 'openhands', llm_profile_ref: 'default' };
    return json(200, { profiles: [stored], active_agent_profile_id: profile === 'none' ? null : PROFILE });
}
/** Returns the refusal of a start for a setting, its tags or its profile, in the words of 1.49.1 and 1.58.2. */
function refusalOf(body, variant) {
    const settings = isRecord(body) ? recordIn(body, 'agent_settings') : undefined;
    if (!isOld(variant) && settings?.[SWITCH] !== undefined)
        return invalid([
            { loc: ['body'], msg: `Value error, Removed agent settings: ${SWITCH}`, type: 'value_error' },
        ]);
    const tags = isRecord(body) ? body['tags'] : undefined;
    const why = isRecord(tags) ? tagProblem(tags, variant) : undefined;
    if (why !== undefined)
        return invalid([{ loc: ['body', 'tags'], msg: why, type: 'value_error' }]);
    const profile = textOf(body, 'agent_profile_id');
    if (profile === null)
        return undefined;
    if (profile !== PROFILE || variant.profile === 'unsupported')
        return refuse(404, `Agent profile with id '${profile}' not found`);
    if (variant.profile !== 'no-model')
        return undefined;
    // 404 seen with 1.49.1, 422 with 1.58.2.
    return refuse(capabilitiesOf(variant).includes(ONE_BY_ONE) ? 422 : 404, "LLM profile 'default' not found");
}
function tagProblem(tags, { refusesTags }) {
    if (refusesTags === true)
        return 'Extra inputs are not permitted';
    for (const [key, value] of Object.entries(tags)) {
        if (!/^[a-z0-9]+$/.test(key))
            return `Value error, Tag key '${key}' is invalid: keys must be lowercase alphanumeric only`;
        if (typeof value !== 'string' || value.length > MAX_TAG)
            return `Value error, Tag value for '${key}' exceeds maximum length of ${MAX_TAG} characters`;
    }
    return undefined;
}
/** The capability of a server that takes starts with one id one after the other. Seen with 1.58.2; not there with 1.49.1. */
const ONE_BY_ONE = 'idempotent_conversation_create_v1';
/** Returns the capabilities in `/server_info` that matter to this project. Real servers list more. */
function capabilitiesOf({ version = AGENT_SERVER_VERSION, capabilities, }) {
    return capabilities ?? (isOld({ version }) ? [] : [ONE_BY_ONE]);
}
/** Whether the server takes a second start with an id, at the same instant, for a first one. Seen with 1.49.1. */
function startsTwice(variant) {
    return !capabilitiesOf(variant).includes(ONE_BY_ONE);
}

;// CONCATENATED MODULE: ./build/simulator/server/worktree.js





/** The root of all worktrees, by default. */
const ROOT = '/tmp/conversation-worktrees';
const WORKTREE = new RegExp(`^${ROOT}/[^/]+/[^/]+`);
const REF = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;
const COMMIT = /^[0-9a-f]{40}$/;
/** The commit that the server has fetched for a worktree. The folder itself still has an older one. */
const FETCHED = 'fe7c4ed0'.repeat(5);
/**
 * Returns a start's request with the folder that its agent works in: a worktree of its own if the request wants one and the folder is a
 * repository, else the folder itself. Older versions do not know the option for a branch. Source: `_plan_conversation_worktree` in
 * OpenHands/software-agent-sdk; seen with 1.58.2.
 */
function placeOf(request, id, repository, variant) {
    const ref = textOf(request, 'worktree_options', 'ref');
    if (request['worktree'] !== true || ref === null || !makesWorktrees(variant))
        return { request };
    const source = textOf(request, 'workspace', 'working_dir') ?? '';
    const root = repository !== undefined && source.startsWith(`${repository}/`) ? repository : source;
    const worktree = `${ROOT}/${id}/${external_node_path_namespaceObject.posix.basename(root)}`;
    const refusal = worktree_refusalOf(ref, `git worktree add -b openhands/${id} ${worktree} ${ref}`, variant);
    if (refusal !== undefined)
        return { refusal };
    const workspace = isRecord(request['workspace']) ? request['workspace'] : {};
    const working_dir = external_node_path_namespaceObject.posix.join(worktree, external_node_path_namespaceObject.posix.relative(root, source));
    return { request: { ...request, workspace: { ...workspace, working_dir } } };
}
/**
 * Whether the server makes a worktree. An old server does not. A folder that is no repository becomes one, and the agent works in the
 * folder itself.
 */
function makesWorktrees({ version = AGENT_SERVER_VERSION, folder = 'repository', ignoresWorktree, }) {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const isOld = major < 1 || (major === 1 && minor < 57);
    return !isOld && ignoresWorktree !== true && !['plain', 'missing', 'bare'].includes(folder);
}
function worktree_refusalOf(ref, command, { folder, absentRefs = [] }) {
    if (!REF.test(ref)) {
        const msg = `String should match pattern '${REF.source}'`;
        const loc = ['body', 'worktree_options', 'ref'];
        return invalid([{ loc, msg, type: 'string_pattern_mismatch' }]);
    }
    const isThere = folder !== 'empty' && folder !== 'no-remote' && !absentRefs.includes(ref);
    const exception = `Git command failed: ${command}`;
    return isThere ? undefined : json(500, { detail: 'Internal Server Error', exception });
}
/** Returns the root of the worktree that a folder is in; `undefined` if it is in none. */
function worktreeOf(folder) {
    return WORKTREE.exec(folder)?.[0];
}
/** Returns the commit that a worktree began with. */
function commitOf(request) {
    const ref = textOf(request, 'worktree_options', 'ref') ?? '';
    return COMMIT.test(ref) ? ref : FETCHED;
}

;// CONCATENATED MODULE: ./build/simulator/server/archive.js





const ARCHIVE = '/api/file/archive';
const CHANGES = '/api/git/changes';
/** The git refs that resolve in a repository with a single commit. */
const KNOWN_REFS = /^(?:HEAD|HEAD@\{\d{9,}\}|origin\/\S+)$/;
const REMOTE = 'https://github.com/octo-org/octo-repo.git';
/** The newest commit of a branch after others have pushed to it. */
const PUSHED_SINCE = '9e3e4f00'.repeat(5);
/** When they do so, after a start. */
const PUSHED_AFTER_MS = 2_000;
/** The only commit of a repository that an agent has made. */
const COMMIT_OF_AGENT = 'a6e47000'.repeat(5);
const NO_END = '\\ No newline at end of file';
/** Returns the folder in which the agent of a conversation works. */
function folderOf({ order }) {
    return textOf(order.request, 'workspace', 'working_dir') ?? '/workspace/project';
}
/** Whether a path is one that returns the changes of agents. */
function isAboutChanges(path) {
    return path === ARCHIVE || path === CHANGES;
}
/**
 * Answers with the changes in a folder. Names in a patch are relative to the root of the repository, listed ones to the
 * folder and without blanks at their ends; neither has anything above the folder. By default there
 * is a repository with one commit.
 * Source: file_router.py and git_router.py in OpenHands/software-agent-sdk; seen with 1.58.2.
 */
function answerAboutChanges({ query }, path, scope, variant = {}) {
    const without = withoutPatch(path, variant, query);
    if (without !== undefined)
        return without;
    const folder = query.get('path') ?? '';
    if (isWithoutClone(folder, scope))
        return withoutCommit(path, 'empty', query);
    const repository = repositoryOf(folder, scope, variant);
    const { root, isNew } = repository;
    const ref = query.get(path === ARCHIVE ? 'base_ref' : 'ref') ?? 'HEAD';
    const commit = commitIn(repository, ref, scope);
    if (commit === undefined)
        return refuse(400, `base_ref ${JSON.stringify(ref)} could not be resolved`);
    const excludesAll = query.getAll('exclude').includes('*');
    // In a repository of the agent, everything is committed.
    const edits = excludesAll || isNew ? [] : editsIn(folder, root, scope);
    if (path === CHANGES)
        return listed(edits, folder);
    return {
        status: 200,
        type: 'text/x-patch; charset=utf-8',
        headers: {
            'x-archive-base-commit': commit,
            'x-archive-base-ref': ref,
            ...(folder === root && headersOf(repository, commitIn(repository, 'HEAD', scope))),
            'content-disposition': 'attachment; filename="project.patch"',
        },
        body: edits.map((edit) => patchOf(edit, external_node_path_namespaceObject.posix.relative(root, edit.file))).join(''),
    };
}
function listed(edits, folder) {
    return json(200, edits.map(({ file, before }) => ({
        status: before === undefined ? 'ADDED' : 'UPDATED',
        path: external_node_path_namespaceObject.posix.relative(folder, file).trim(),
    })));
}
function repositoryOf(folder, scope, variant) {
    const root = rootOf(folder, scope);
    const isNew = variant.makesRepository === true && editsIn(root, root, scope).length > 0;
    const hasRemote = !isNew && variant.folder !== 'no-remote';
    return { root, isNew, hasRemote, hasLog: variant.hasNoLog !== true };
}
/** Returns the headers about a repository, which the server sends only for its root. */
function headersOf({ root, hasRemote }, head = '') {
    return {
        'x-archive-head-commit': head,
        'x-archive-repo-root': encodeURIComponent(root),
        ...(hasRemote && { 'x-archive-repo-remote': encodeURIComponent(REMOTE) }),
    };
}
/**
 * Returns the commit of a ref in a repository; `undefined` if git does not know the ref. Some time after a worktree was made, others have
 * pushed to its branch.
 */
function commitIn({ root, isNew, hasLog }, ref, { store }) {
    const isLog = ref.startsWith('HEAD@');
    if (isLog && !hasLog)
        return undefined;
    if (isNew)
        return isLog || ref === 'HEAD' ? COMMIT_OF_AGENT : undefined;
    const owner = store.all().find((each) => worktreeOf(folderOf(each)) === root);
    const commit = owner === undefined ? store.commit : commitOf(owner.order.request);
    if (ref !== commit && !KNOWN_REFS.test(ref))
        return undefined;
    const isPushed = owner !== undefined && store.clock.now() - owner.order.at >= PUSHED_AFTER_MS;
    return isPushed && ref.startsWith('origin/') ? PUSHED_SINCE : commit;
}
/** Answers about a folder of which no patch can be made; `undefined` for a repository with a commit and files. */
function withoutPatch(path, { folder }, query) {
    if (folder === 'bare')
        return withoutFiles(path);
    const isWithoutCommit = folder === 'missing' || folder === 'empty' || folder === 'plain';
    return isWithoutCommit ? withoutCommit(path, folder, query) : undefined;
}
/**
 * Whether V1 has failed to clone a repository into a folder, which its server has then made an empty repository of. An earlier clone in the
 * same sandbox stays. Seen with openhands-ai 1.11.0.
 */
function isWithoutClone(folder, { store, inSandbox }) {
    const inside = inSandbox.filter((each) => folderOf(each) === folder);
    return inside.length > 0 && inside.every(({ order }) => store.failsToClone(order));
}
/** Answers about a bare repository or a .git folder. Seen with 1.58.2. */
function withoutFiles(path) {
    if (path === CHANGES)
        return refuse(400, 'Git command failed: git --no-pager diff --name-status --relative');
    const exception = '500: Failed to generate git delta: Failed to generate git delta';
    return json(500, { detail: 'Internal Server Error', exception });
}
/**
 * Answers about a folder without files: an empty repository without a commit, or none. Only of HEAD does the server not say that it cannot
 * be resolved. Seen with 1.34.0, 1.49.1 and 1.58.2.
 */
function withoutCommit(path, state, query) {
    if (path === CHANGES)
        return json(200, []);
    if (state === 'plain')
        return refuse(400, 'Not a git repository: Not a git repository');
    if (state === 'missing')
        return refuse(404, 'Directory not found');
    const ref = query.get('base_ref') ?? 'HEAD';
    if (ref !== 'HEAD')
        return refuse(400, `base_ref '${ref}' could not be resolved`);
    return { status: 200, type: 'text/x-patch; charset=utf-8', headers: {}, body: '' };
}
/** Returns the root of the repository that a folder is in: by default, the folder itself. */
function rootOf(folder, { store: { repository = folder } }) {
    const worktree = worktreeOf(folder);
    if (worktree !== undefined)
        return worktree;
    return archive_isIn(folder, repository) ? repository : folder;
}
function archive_isIn(path, folder) {
    return path === folder || path.startsWith(`${folder}/`);
}
/** Returns the last edit of each file in a folder, by all agents that work in its repository. */
function editsIn(folder, root, scope) {
    const all = scope.store
        .all()
        // Only conversations that the server shows.
        .filter((each) => scope.find(each.names.id) === each && rootOf(folderOf(each), scope) === root)
        .flatMap((each) => each.events.flatMap(({ happening }) => {
        if (happening.kind !== 'edit')
            return [];
        const file = external_node_path_namespaceObject.posix.resolve(folderOf(each), happening.path.replace(/^\/workspace\//, ''));
        return archive_isIn(file, folder) ? [{ file, before: happening.before, text: happening.text }] : [];
    }));
    return [...new Map(all.map((edit) => [edit.file, edit])).values()];
}
/** Returns the patch that creates a file, or replaces its text. */
function patchOf({ before, text }, name) {
    const [old, fresh] = [linesOf('-', before), linesOf('+', text)];
    const isNew = before === undefined;
    const index = `index ${hashOf(before)}..${hashOf(text)}`;
    // Git ends a name that has blanks with a tab.
    const end = name.includes(' ') ? '\t' : '';
    return [
        `diff --git a/${name} b/${name}`,
        isNew ? `new file mode 100644\n${index}` : `${index} 100644`,
        isNew ? '--- /dev/null' : `--- a/${name}${end}`,
        `+++ b/${name}${end}`,
        `@@ -${rangeOf(old)} +${rangeOf(fresh)} @@`,
        ...old,
        ...fresh,
        '',
    ].join('\n');
}
/** Returns the lines of a text in a hunk; none if there is no text. */
function linesOf(sign, text = '') {
    const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    return lines.map((line) => sign + (line.endsWith('\n') ? line.slice(0, -1) : `${line}\n${NO_END}`));
}
function rangeOf({ length }) {
    return length === 0 ? '0,0' : `1,${length}`;
}
/** Returns git's short name for a text. */
function hashOf(text) {
    if (text === undefined)
        return '0000000';
    return (0,external_node_crypto_namespaceObject.createHash)('sha1')
        .update(`blob ${Buffer.byteLength(text)}\0${text}`)
        .digest('hex')
        .slice(0, 7);
}

;// CONCATENATED MODULE: ./build/simulator/server/vocabulary.js
/** V1's `AppConversationStartTaskStatus` for each phase of a start. */
const V1_START = {
    accepted: 'WORKING',
    'waiting-for-sandbox': 'WAITING_FOR_SANDBOX',
    'preparing-repository': 'PREPARING_REPOSITORY',
    'starting-conversation': 'STARTING_CONVERSATION',
    ready: 'READY',
    failed: 'ERROR',
};
/**
 * V1's `sandbox_status`, V0's `status` and V0's `runtime_status` for each state of the sandbox. V1 reports an archived sandbox
 * as missing, V0 a runtime that it does not know yet as STOPPED. ERROR and ARCHIVED are undocumented in V0.
 */
const BOX_NAMES = {
    unregistered: { v1: 'STARTING', v0: 'STOPPED', runtime: null },
    starting: { v1: 'STARTING', v0: 'STARTING', runtime: 'STATUS$STARTING_RUNTIME' },
    running: { v1: 'RUNNING', v0: 'RUNNING', runtime: 'STATUS$READY' },
    restarting: { v1: 'RUNNING', v0: 'RUNNING', runtime: 'STATUS$READY' },
    emptied: { v1: 'RUNNING', v0: 'RUNNING', runtime: 'STATUS$READY' },
    paused: { v1: 'PAUSED', v0: 'STOPPED', runtime: 'STATUS$STOPPED' },
    stopped: { v1: 'PAUSED', v0: 'STOPPED', runtime: 'STATUS$STOPPED' },
    failed: { v1: 'ERROR', v0: 'ERROR', runtime: 'STATUS$ERROR' },
    missing: { v1: 'MISSING', v0: 'ARCHIVED', runtime: null },
    archived: { v1: 'MISSING', v0: 'ARCHIVED', runtime: null },
    unknown: { v1: 'RUNNING', v0: 'HIBERNATING', runtime: null },
};
/**
 * V1's `execution_status` and V0's `agent_state` for each state of the agent. Only V0 distinguishes some of these states; it
 * reports a stuck agent as an error, with a reason.
 */
const AGENT_NAMES = {
    idle: { v1: 'idle', v0: 'loading' },
    working: { v1: 'running', v0: 'running' },
    finished: { v1: 'finished', v0: 'finished' },
    answered: { v1: 'finished', v0: 'awaiting_user_input' },
    paused: { v1: 'paused', v0: 'paused' },
    'asks-input': { v1: 'waiting_for_confirmation', v0: 'awaiting_user_input' },
    'asks-confirmation': { v1: 'waiting_for_confirmation', v0: 'awaiting_user_confirmation' },
    failed: { v1: 'error', v0: 'error' },
    stuck: { v1: 'stuck', v0: 'error' },
    rejected: { v1: 'error', v0: 'rejected' },
    'rate-limited': { v1: 'error', v0: 'rate_limited' },
    deleting: { v1: 'deleting', v0: 'stopped' },
    stopped: { v1: 'paused', v0: 'stopped' },
    unknown: { v1: 'daydreaming', v0: 'daydreaming' },
};
/** Returns V1's `execution_status`, which the server gets from the agent server; null if the sandbox does not run, or its agent server is down. */
function executionOf({ box, agent }) {
    return BOX_NAMES[box].v1 === 'RUNNING' && box !== 'emptied' && box !== 'restarting'
        ? AGENT_NAMES[agent].v1
        : null;
}

;// CONCATENATED MODULE: ./build/simulator/server/v1-render.js





/** Returns the path of a conversation on its simulated agent server. */
function agentServerPath(conversation) {
    return `/agent-server/${conversation.names.sandboxId}/api/conversations/${conversation.names.id}`;
}
/** Renders a start task, `AppConversationStartTask` in the API description. */
function renderStartTask(conversation, origin) {
    const { names, order, situation, startUpdatedAt } = conversation;
    const ready = situation.start === 'ready';
    return {
        id: names.taskId,
        created_by_user_id: order.accountId,
        status: V1_START[situation.start],
        detail: situation.detail,
        app_conversation_id: ready ? names.id : null,
        sandbox_id: situation.start === 'accepted' ? null : names.sandboxId,
        agent_server_url: ready ? `${origin}/agent-server/${names.sandboxId}` : null,
        request: order.request,
        created_at: zonedTime(order.at),
        updated_at: zonedTime(startUpdatedAt),
    };
}
/** Renders the sandbox of a conversation, `SandboxInfo` in the API description. */
function renderSandbox({ names, order, situation }, detail = '') {
    const status = BOX_NAMES[situation.box].v1;
    return {
        id: names.sandboxId,
        created_by_user_id: order.accountId,
        sandbox_spec_id: 'simulated',
        status,
        session_api_key: status === 'RUNNING' ? names.sessionKey : null,
        created_at: zonedTime(order.at),
        status_detail: ['ERROR', 'MISSING'].includes(status) && detail !== '' ? detail : null,
    };
}
/** Renders cost and tokens, `MetricsSnapshot` in the API description. */
function metrics(cost) {
    const prompts = Math.round(cost * 100_000);
    return {
        model_name: 'simulated',
        accumulated_cost: cost,
        max_budget_per_task: null,
        accumulated_token_usage: {
            model: 'simulated',
            prompt_tokens: prompts,
            completion_tokens: Math.round(prompts / 12),
            cache_read_tokens: Math.round(prompts / 2),
            cache_write_tokens: Math.round(prompts / 8),
            reasoning_tokens: 0,
            context_window: 200_000,
            per_turn_token: Math.round(prompts / 4),
            response_id: '',
        },
    };
}
/** Renders a conversation, `AppConversation` in the API description; null if the server does not know it. */
function renderConversation(conversation, { origin, webPath }) {
    const { names, situation } = conversation;
    if (situation.presence === 'hidden')
        return null;
    const sandbox = BOX_NAMES[situation.box].v1;
    return {
        ...renderInfo(conversation),
        sandbox_status: sandbox,
        execution_status: executionOf(situation),
        // Only a running sandbox has an address and a key.
        conversation_url: sandbox === 'RUNNING' ? `${origin}${agentServerPath(conversation)}` : null,
        session_api_key: sandbox === 'RUNNING' ? names.sessionKey : null,
        ...(webPath !== undefined && { conversation_ui_url: `${origin}${webPath}/conversations/${names.id}` }),
        acp_server: null,
        launched_agent_profile: null,
    };
}
/** Renders the stored part of a conversation, `AppConversationInfo`. */
function renderInfo({ names, order, situation, knownCost, updatedAt }) {
    return {
        id: names.id,
        created_by_user_id: order.accountId,
        sandbox_id: names.sandboxId,
        selected_repository: order.repository,
        selected_branch: order.branch,
        git_provider: order.provider,
        title: situation.title,
        trigger: order.trigger,
        pr_number: situation.pullRequests,
        llm_model: order.model,
        agent_kind: 'openhands',
        metrics: metrics(knownCost),
        parent_conversation_id: null,
        sub_conversation_ids: [],
        public: null,
        tags: {},
        created_at: zonedTime(order.at),
        updated_at: zonedTime(updatedAt),
    };
}
/** Renders a conversation as its agent server does, `ConversationInfo` in the agent server's API description. */
function renderAgentConversation(conversation) {
    const { names, order, situation, updatedAt } = conversation;
    return {
        id: dashed(names.id),
        title: situation.title,
        ...agentState(conversation),
        // Seen: null before the model was called.
        metrics: situation.cost === 0 ? null : metrics(situation.cost),
        workspace: {
            kind: 'LocalWorkspace',
            working_dir: folderOf(conversation),
        },
        agent: {
            kind: 'Agent',
            llm: { model: order.model ?? 'simulated', usage_id: 'agent', is_subscription: false },
        },
        max_iterations: 500,
        tags: order.request['tags'] ?? {},
        created_at: zonedTime(order.at),
        updated_at: zonedTime(updatedAt),
    };
}
/** Renders the state as an agent server does, in responses and on sockets. */
function agentState({ order, situation }) {
    return {
        execution_status: AGENT_NAMES[situation.agent].v1,
        confirmation_policy: { kind: order.scenario === 'confirmation' ? 'AlwaysConfirm' : 'NeverConfirm' },
        stats: { usage_to_metrics: { agent: metrics(situation.cost) } },
    };
}
/** Renders the event with the whole state that a socket begins with. It is not stored. */
function renderFullState(conversation, at) {
    return {
        id: (0,external_node_crypto_namespaceObject.randomUUID)(),
        timestamp: naiveTime(at),
        kind: 'ConversationStateUpdateEvent',
        source: 'environment',
        key: 'full_state',
        value: agentState(conversation),
    };
}

;// CONCATENATED MODULE: ./build/simulator/server/v1-render-events.js
/** Renders events as V1 stores them, in the agent server's format. */




function toolCall(event, tool, summary, action) {
    const { kind, ...rest } = action;
    const thought = kind === 'FinishAction' ? [] : [{ cache_prompt: false, type: 'text', text: summary }];
    return {
        kind: 'ActionEvent',
        source: 'agent',
        thought,
        reasoning_content: null,
        thinking_blocks: [],
        action,
        tool_name: tool,
        tool_call_id: `call-${event.id}`,
        tool_call: { id: `call-${event.id}`, name: tool, arguments: JSON.stringify(rest), origin: 'completion' },
        llm_response_id: `response-${event.id}`,
        security_risk: 'LOW',
        summary,
    };
}
function message(source, text) {
    return {
        kind: 'MessageEvent',
        source,
        llm_message: {
            role: source === 'user' ? 'user' : 'assistant',
            content: [{ cache_prompt: false, type: 'text', text }],
        },
        activated_skills: [],
        extended_content: [],
    };
}
/** Seen with agent server 1.58.2. */
function systemPrompt(tools) {
    return {
        kind: 'SystemPromptEvent',
        source: 'agent',
        system_prompt: { cache_prompt: false, type: 'text', text: 'You are OpenHands agent.' },
        tools: tools.map((tool) => ({
            description: 'What it does.',
            action_type: 'Action',
            observation_type: 'Observation',
            annotations: null,
            meta: null,
            ...tool,
        })),
        dynamic_context: null,
    };
}
function terminalResult(event, command, text) {
    return {
        kind: 'ObservationEvent',
        source: 'environment',
        tool_name: 'terminal',
        tool_call_id: `call-${event.id}`,
        action_id: event.id,
        observation: {
            kind: 'TerminalObservation',
            command,
            exit_code: 0,
            timeout: false,
            is_error: false,
            content: [{ cache_prompt: false, type: 'text', text }],
        },
    };
}
/** Seen with agent server 1.58.2, and the one of V1. */
function v1_render_events_planned(tasks) {
    return { command: 'plan', task_list: tasks.map((task) => ({ notes: '', ...task })) };
}
function planResult(event, tasks) {
    const text = `Task list has been updated with ${tasks.length} item(s).`;
    return {
        kind: 'ObservationEvent',
        source: 'environment',
        tool_name: 'task_tracker',
        tool_call_id: `call-${event.id}`,
        action_id: event.id,
        observation: {
            kind: 'TaskTrackerObservation',
            is_error: false,
            content: [{ cache_prompt: false, type: 'text', text }],
            ...v1_render_events_planned(tasks),
        },
    };
}
function contentOf(event) {
    const { happening } = event;
    switch (happening.kind) {
        case 'user-message':
            return message('user', happening.text);
        case 'system-prompt':
            return systemPrompt(happening.tools);
        case 'agent-message':
            return message('agent', happening.text);
        case 'command':
            return toolCall(event, 'terminal', happening.summary, {
                kind: 'TerminalAction',
                command: happening.command,
                is_input: false,
                reset: false,
            });
        case 'edit':
            return toolCall(event, 'file_editor', happening.summary, {
                kind: 'FileEditorAction',
                command: 'create',
                path: happening.path,
                file_text: happening.text,
            });
        case 'finish':
            return toolCall(event, 'finish', 'Finish the task', { kind: 'FinishAction', message: happening.text });
        case 'plan':
            return toolCall(event, 'task_tracker', 'Update the plan', {
                kind: 'TaskTrackerAction',
                ...v1_render_events_planned(happening.tasks),
            });
        case 'plan-result':
            return planResult(event, happening.tasks);
        case 'command-result':
            return terminalResult(event, happening.command, happening.text);
        case 'error':
            return {
                kind: 'ConversationErrorEvent',
                source: 'environment',
                code: happening.code,
                detail: happening.detail,
                // Absent on older servers.
                ...(happening.classified !== undefined && {
                    classification: { kind: happening.classified, retryable: false, user_action: 'settings' },
                }),
            };
        case 'tool-error':
            return {
                kind: 'AgentErrorEvent',
                source: 'agent',
                tool_name: 'terminal',
                tool_call_id: `call-${event.id}`,
                error: happening.text,
            };
        case 'condensation':
            return {
                kind: 'Condensation',
                source: 'environment',
                forgotten_event_ids: [...event.forgotten],
                summary: 'The agent waits for a task.',
                summary_offset: 1,
                llm_response_id: `response-${event.id}`,
            };
        case 'pause':
            return { kind: 'PauseEvent', source: 'user' };
        case 'interrupt':
            return { kind: 'InterruptEvent', source: 'user' };
        case 'agent-state':
            return stateUpdate(event, AGENT_NAMES[happening.agent].v1);
        case 'cost':
            return {
                kind: 'ConversationStateUpdateEvent',
                source: 'environment',
                key: 'stats',
                value: { usage_to_metrics: { agent: metrics(happening.dollars) } },
            };
    }
}
/** Renders a state event: the first one has the whole state, later ones only the field that changed. */
function stateUpdate(event, status) {
    const fields = event.serial === 0
        ? {
            key: 'full_state',
            value: { execution_status: status, confirmation_policy: { kind: 'NeverConfirm' } },
        }
        : { key: 'execution_status', value: status };
    return { kind: 'ConversationStateUpdateEvent', source: 'environment', ...fields };
}
/** Renders an event as V1 stores it. */
function renderEvent(event) {
    return { id: dashed(event.id), timestamp: naiveTime(event.at), ...contentOf(event) };
}

;// CONCATENATED MODULE: external "node:zlib"
const external_node_zlib_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");
;// CONCATENATED MODULE: ./build/simulator/server/zip.js
// A default import: with a named import of crc32, Node.js before 20.15 could not load this file.

/**
 * The signatures and sizes of a zip archive's records. Source: PKWARE, APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
 */
const LOCAL = { signature: 0x04034b50, size: 30 };
const CENTRAL = { signature: 0x02014b50, size: 46 };
const END = { signature: 0x06054b50, size: 22 };
const VERSION = 20;
/** The flag for UTF-8 names. */
const UTF8 = 0x0800;
/** 1 January 1980, the earliest date that an archive supports. The dates of the files do not matter. */
const FIRST_DAY = 0x0021;
/** Creates an archive of uncompressed files. Supports less than 65,536 files and 4 GiB. */
function zipOf(entries) {
    const files = [];
    const directory = [];
    let offset = 0;
    for (const { name, text } of entries) {
        const path = Buffer.from(name);
        const content = Buffer.from(text);
        const about = description(path, content);
        const file = Buffer.concat([startOf(LOCAL, 4), about, path, content]);
        directory.push(centralRecord(about, path, offset));
        files.push(file);
        offset += file.length;
    }
    const central = Buffer.concat(directory);
    return Buffer.concat([...files, central, endRecord(entries.length, central.length, offset)]);
}
function startOf({ signature }, size) {
    const record = Buffer.alloc(size);
    record.writeUInt32LE(signature, 0);
    return record;
}
/** Returns the part that both records of a file share, from the required version to the lengths of name and extra field. */
function description(path, content) {
    const about = Buffer.alloc(LOCAL.size - 4);
    about.writeUInt16LE(VERSION, 0);
    about.writeUInt16LE(UTF8, 2);
    // Method 0: uncompressed.
    about.writeUInt16LE(0, 4);
    about.writeUInt16LE(0, 6);
    about.writeUInt16LE(FIRST_DAY, 8);
    about.writeUInt32LE(external_node_zlib_namespaceObject.crc32(content), 10);
    about.writeUInt32LE(content.length, 14);
    about.writeUInt32LE(content.length, 18);
    about.writeUInt16LE(path.length, 22);
    return about;
}
function centralRecord(about, path, offset) {
    const record = startOf(CENTRAL, CENTRAL.size);
    record.writeUInt16LE(VERSION, 4);
    about.copy(record, 6);
    record.writeUInt32LE(offset, 42);
    return Buffer.concat([record, path]);
}
function endRecord(count, size, offset) {
    const record = startOf(END, END.size);
    record.writeUInt16LE(count, 8);
    record.writeUInt16LE(count, 10);
    record.writeUInt32LE(size, 12);
    record.writeUInt32LE(offset, 16);
    return record;
}

;// CONCATENATED MODULE: ./build/simulator/server/download.js





/**
 * Answers with the trajectory: a zip archive with one file for the conversation and one for each event, sent without a
 * `Content-Length`. Source: `_stream_conversation_zip` in OpenHands/OpenHands; seen with 1.11.0.
 */
function download(id, conversation, events = conversation?.knownEvents ?? []) {
    if (conversation?.situation.presence !== 'shown')
        return refuse(404, `Conversation not found: ${id}`);
    return {
        status: 200,
        type: 'application/zip',
        headers: {
            'content-disposition': `attachment; filename="conversation_${dashed(conversation.names.id)}.zip"`,
            'transfer-encoding': 'chunked',
        },
        body: zipOf(filesOf(conversation, events)),
    };
}
function filesOf(conversation, events) {
    return [
        { name: 'meta.json', text: formatJson(renderInfo(conversation)) },
        ...events.map((event, index) => ({
            name: `event_${String(index).padStart(6, '0')}_${dashed(event.id)}.json`,
            text: formatJson(renderEvent(event)),
        })),
    ];
}
function formatJson(value) {
    return JSON.stringify(value, null, 2);
}

;// CONCATENATED MODULE: ./build/simulator/server/paging.js
/** Returns the page that `page_id` names. On this server it is the index of the page's first item. */
function pageOf(items, query) {
    const limit = Number(query.get('limit') ?? 100);
    const from = Math.max(0, Number.parseInt(query.get('page_id') ?? '0', 10) || 0);
    const end = from + limit;
    return { items: items.slice(from, end), next: end < items.length ? String(end) : null };
}

;// CONCATENATED MODULE: ./build/simulator/server/agent-api.js










const PART = object({
    type: optional(oneOf(['text', 'image'])),
    text: optional(body_checks_text),
    image_urls: optional(listOf(body_checks_text)),
});
/** A part of a message. Nobody looks into a picture. Source: `TextContent` and `ImageContent` in OpenHands/software-agent-sdk. */
const MESSAGE_PART = (value, loc) => {
    const isImage = isRecord(value) && value['type'] === 'image';
    const missing = isImage ? 'image_urls' : 'text';
    const lacks = isRecord(value) && value[missing] === undefined;
    return lacks ? [{ loc: [...loc, missing], msg: 'Field required', type: 'missing' }] : PART(value, loc);
};
/** Source: `SendMessageRequest` in OpenHands/software-agent-sdk, where nothing is required. */
const MESSAGE = object({
    role: optional(oneOf(['user', 'system', 'assistant', 'tool'])),
    content: optional(listOf(MESSAGE_PART)),
    run: optional(flag),
});
const MAX_IDS = 99;
const LIST = '/api/conversations';
const ONE = /^\/api\/conversations\/([^/]+)(?:\/(run|pause|interrupt|events|events\/search|agent_final_response))?$/;
const SEARCH = `${LIST}/search`;
const TRAJECTORY = /^\/api\/file\/download-trajectory\/([^/]+)$/;
/** Returns the text of the agent's last finish or message; empty if there is none. */
function finalText(events) {
    for (const { happening } of events.toReversed()) {
        if (happening.kind === 'finish' || happening.kind === 'agent-message')
            return happening.text;
    }
    return '';
}
function listByIds(call, { find }) {
    const ids = call.query.getAll('ids');
    if (ids.length === 0)
        return invalid([{ loc: ['query', 'ids'], msg: 'Field required', type: 'missing' }]);
    if (ids.length > MAX_IDS) {
        const msg = `List should have at most ${MAX_IDS} items after validation, not ${ids.length}`;
        return invalid([{ loc: ['query', 'ids'], msg, type: 'too_long' }]);
    }
    const wrong = ids.findIndex((id) => !isUuid(id));
    if (wrong >= 0)
        return noUuid('query', 'ids', wrong);
    return json(200, ids.map((id) => {
        const conversation = find(id);
        return conversation === undefined ? null : renderAgentConversation(conversation);
    }));
}
/** Answers with the conversations of a status, newest first. */
function search({ query }, { store, find }) {
    const shown = store.all().filter((each) => find(each.names.id) === each);
    const items = shown
        .toReversed()
        .map(renderAgentConversation)
        .filter((each) => (query.get('status') ?? each['execution_status']) === each['execution_status']);
    const page = pageOf(items, query);
    return json(200, { items: page.items, next_page_id: page.next });
}
function noUuid(...loc) {
    return invalid([{ loc, msg: 'Input should be a valid UUID', type: 'uuid_parsing' }]);
}
/** Answers a search for events. `kindIs` is the name of the parameter for the kind. Only an agent server can search by the source. */
function findEvents(call, events, kindIs) {
    const since = timeOf(call.query.get('timestamp__gte'));
    const kind = call.query.get(kindIs);
    const source = kindIs === 'kind' ? call.query.get('source') : null;
    const found = events
        .filter(({ at }) => at >= since)
        .map(renderEvent)
        .filter((event) => kind === null || event['kind'] === kind)
        .filter((event) => source === null || event['source'] === source);
    const sorted = call.query.get('sort_order') === 'TIMESTAMP_DESC' ? found.toReversed() : found;
    const { items, next } = pageOf(sorted, call.query);
    return json(200, { items, next_page_id: next });
}
function read(call, conversation, what) {
    switch (what) {
        case undefined:
            return json(200, renderAgentConversation(conversation));
        case 'agent_final_response':
            return json(200, { response: finalText(conversation.events) });
        case 'events/search':
            // All events at once, not in batches. Unlike the app server, this one takes a time with a zone, too.
            return findEvents(call, conversation.events, 'kind');
        default:
            return undefined;
    }
}
function receive(call, { store }, conversation) {
    const problems = MESSAGE(call.body, ['body']);
    if (problems.length > 0)
        return invalid(problems);
    const message = contentText(call.body);
    const runs = isRecord(call.body) && call.body['run'] === true;
    conversation.receive(store.clock.now(), message, runs ? store.scenarioFor(message, hasPictures(call.body)) : undefined);
    return json(200, { success: true });
}
function act(call, scope, conversation, action) {
    const now = scope.store.clock.now();
    switch (action) {
        case 'run':
            return conversation.run(now)
                ? json(200, { success: true })
                : refuse(409, 'Conversation already running. Wait for completion or pause first.');
        case 'pause':
        case 'interrupt':
            // Seen with a standalone server: it also pauses an agent that has not started yet.
            if (conversation.situation.agent === 'working' || isIdleAlone(conversation))
                conversation.pause(now, action === 'pause' ? 'agent' : 'interrupt');
            return json(200, { success: true });
        case 'events':
            return receive(call, scope, conversation);
        default:
            return undefined;
    }
}
/** Answers a request for the trajectory; `undefined` if the path is another one. */
function trajectory(path, { find }) {
    const [, id] = TRAJECTORY.exec(path) ?? [];
    if (id === undefined)
        return undefined;
    const conversation = find(id);
    return download(id, conversation, conversation?.events);
}
/** Answers a request about one conversation; `undefined` if the path is another one. */
function answerOne(call, path, scope) {
    const [, id, what] = ONE.exec(path) ?? [];
    if (id === undefined)
        return undefined;
    if (!isUuid(id))
        return noUuid('path', 'conversation_id');
    const conversation = scope.find(id);
    if (conversation === undefined)
        return refuse(404, 'Not Found');
    if (call.method === 'GET')
        return read(call, conversation, what);
    return call.method === 'POST' ? act(call, scope, conversation, what) : undefined;
}
function isIdleAlone({ order, situation }) {
    return order.version === 'agent-server' && situation.agent === 'idle';
}
/** Whether the agent servers are down, and come back. */
function isRestarting({ clock, process }) {
    return clock.now() < process.upSince;
}
/** Returns what an agent server tells about itself. The uptime is in whole seconds. */
function serverInfo(upSince, { clock }) {
    const uptime = Math.floor((clock.now() - upSince) / 1000);
    return { uptime, idle_time: 0, title: 'OpenHands Agent Server' };
}
/** Whether a path belongs to the API of agent servers, with any method. */
function isAgentApi(path) {
    return path === LIST || isAboutChanges(path) || TRAJECTORY.test(path) || ONE.test(path);
}
/**
 * Answers requests about conversations, as every agent server does. `path` is relative to the server's address. Returns
 * `undefined` for unknown paths and methods. Source: conversation_router.py and event_router.py in
 * OpenHands/software-agent-sdk; seen with 1.58.2.
 */
function answerAgentApi(call, path, scope) {
    if (call.method !== 'GET')
        return answerOne(call, path, scope);
    if (isAboutChanges(path))
        return answerAboutChanges(call, path, scope);
    if (path === SEARCH)
        return search(call, scope);
    return path === LIST ? listByIds(call, scope) : (trajectory(path, scope) ?? answerOne(call, path, scope));
}

;// CONCATENATED MODULE: ./build/simulator/server/agent-server.js


const PATH = /^\/agent-server\/([^/]+)(\/.*)$/;
/** Whether a path belongs to the agent server of a sandbox. It has its own key, and no rate limits. */
function isAgentServer(path) {
    return path.startsWith('/agent-server/');
}
/** Finds the agent server of the sandbox that a path names, or returns the error response. */
function agentServerAt(path, store) {
    const [, sandboxId, rest] = PATH.exec(path) ?? [];
    if (sandboxId === undefined || rest === undefined)
        return refuse(404, 'Not Found');
    const inside = store.inSandbox(sandboxId).filter(({ situation }) => situation.box !== 'emptied');
    if (inside.length === 0)
        return refuse(404, 'Not Found');
    if (!inside.some(({ isReachable }) => isReachable))
        return refuse(502, 'Bad Gateway');
    const find = (id) => {
        const found = store.byId(id);
        if (found === undefined || !inside.includes(found))
            return undefined;
        return found.situation.presence === 'shown' ? found : undefined;
    };
    return {
        path: rest,
        scope: { store, find, inSandbox: inside },
        takes: (key) => inside.some(({ names }) => names.sessionKey === key),
        endsUnreachable: false,
    };
}
/**
 * Answers like the agent server of a sandbox. It requires the session key of the sandbox, and is unreachable while the
 * sandbox does not run. Returns `undefined` for unknown paths and methods.
 */
function answerAgentServer(call, store) {
    const server = agentServerAt(call.path, store);
    if (!('scope' in server))
        return server;
    // Without a key, too.
    if (call.method === 'GET' && server.path === '/server_info')
        return json(200, serverInfo(upSinceOf(server.scope), store));
    if (!server.takes(call.sessionKey))
        return refuse(401, 'Unauthorized');
    return answerAgentApi(call, server.path, server.scope);
}
/** Returns since when the agent server of a sandbox is up: it has begun with the sandbox, or after a restart. */
function upSinceOf({ inSandbox }) {
    return Math.min(...inSandbox.map(({ serverSince }) => serverSince));
}

;// CONCATENATED MODULE: ./build/simulator/server/authorization.js

/** Reads the keys from a request's headers. */
function keysOf(headers) {
    const [, bearer = ''] = /^bearer\s+(.+)$/i.exec(headers['authorization'] ?? '') ?? [];
    return { bearer, session: headers['x-session-api-key'] ?? '' };
}
function isAllowed(authorization, keys) {
    switch (authorization.kind) {
        case 'bearer':
            return authorization.keys.includes(keys.bearer);
        case 'session':
            return keys.session === authorization.key;
        case 'open': {
            const key = keys.bearer === '' ? keys.session : keys.bearer;
            return key !== '' && !key.startsWith('wrong');
        }
    }
}
/** Returns 401 if the key of a request is wrong; `undefined` if it is right. */
function refuseKeys(authorization, keys) {
    return isAllowed(authorization, keys) ? undefined : refuse(401, 'Could not validate the API key.');
}

;// CONCATENATED MODULE: ./build/simulator/server/agent-alone.js











const agent_alone_START = '/api/conversations';
/** How long a start takes: until then another one with its id does not see it. */
const SAME_INSTANT_MS = 200;
const START_BODY = object({
    // The real server fails on a workspace without a folder.
    workspace: object({ working_dir: body_checks_text }),
    conversation_id: optional(uuid),
    initial_message: optional(MESSAGE),
    agent_profile_id: optional(uuid),
    tags: optional(object({})),
});
const NO_AGENT = 'Value error, One of `agent`, `agent_settings`, or `agent_profile_id` must be provided';
const NO_MODEL = 'Value error, model must be specified in LLM';
/** Returns what is wrong with the body of a start, in the server's words; seen with 1.58.2. */
function problemsOf(body) {
    if (!isRecord(body) || body['workspace'] === undefined)
        return [{ loc: ['body', 'workspace'], msg: 'Field required', type: 'missing' }];
    const problems = START_BODY(body, ['body']);
    if (problems.length > 0)
        return problems;
    const { agent, agent_settings: settings, agent_profile_id: profile } = body;
    const isEmpty = [agent, settings, profile].every((each) => each === undefined || each === null);
    if (isEmpty)
        return [{ loc: ['body'], msg: NO_AGENT, type: 'value_error' }];
    const source = agent ?? settings;
    const llm = isRecord(source) ? source['llm'] : undefined;
    if (llm === undefined || (isRecord(llm) && typeof llm['model'] === 'string'))
        return [];
    return [{ loc: ['body'], msg: NO_MODEL, type: 'value_error' }];
}
/** Whether the agent is working or about to. */
function isBusy({ situation, nextAt }) {
    return situation.agent === 'working' || (situation.agent === 'idle' && nextAt < Infinity);
}
function isFull({ store, maxRuns }) {
    return store.all().filter(isBusy).length >= maxRuns;
}
/** Source: `ConversationRunLimitExceeded` in OpenHands/software-agent-sdk. */
function refuseRun() {
    return refuse(429, 'Conversation run limit reached. Retry the request later.');
}
function orderOf(call, { store, variant }) {
    const body = isRecord(call.body) ? call.body : {};
    const first = body['initial_message'];
    const message = contentText(first);
    const runs = isRecord(first) && first['run'] === true;
    return {
        version: 'agent-server',
        message,
        repository: null,
        branch: null,
        provider: null,
        model: textOf(body, 'agent_settings', 'llm', 'model') ?? textOf(body, 'agent', 'llm', 'model'),
        ...toolsOf(body, variant),
        title: null,
        trigger: null,
        scenario: runs ? store.scenarioFor(message, hasPictures(first)) : 'ignored',
        request: body,
        apiKey: call.sessionKey,
        accountId: null,
        at: store.clock.now(),
    };
}
/** Returns the response to a start of a scenario that other servers refuse: an internal error in this server's format. */
function startFailure(scenario, apiKey) {
    const { refusal } = scenarioOf(scenario);
    if (refusal === undefined)
        return undefined;
    return internalError(refusal.message.replaceAll('{{apiKey}}', apiKey));
}
/** Returns the answer to a request at which the server has failed. */
function internalError(exception) {
    return json(500, { detail: 'Internal Server Error', exception, error_id: '0'.repeat(32) });
}
function start(call, options) {
    const { store } = options;
    const problems = problemsOf(call.body);
    if (problems.length > 0)
        return invalid(problems);
    const refused = refusalOf(call.body, options.variant);
    if (refused !== undefined)
        return refused;
    const id = textOf(call.body, 'conversation_id') ?? undefined;
    const known = id === undefined ? undefined : findShown(store, id);
    if (known !== undefined && !isTakenForFirst(known, options))
        return json(200, renderAgentConversation(known));
    if (isFull(options))
        return refuseRun();
    const order = orderOf(call, options);
    const refusal = startFailure(order.scenario, order.apiKey);
    if (refusal !== undefined)
        return refusal;
    // The second of two starts at the same instant: the agent gets its message, too.
    if (known !== undefined) {
        known.receive(order.at, order.message, order.scenario);
        return json(201, renderAgentConversation(known));
    }
    return create(order, id, options);
}
function create(order, id, { store, variant }) {
    const place = placeOf(order.request, dashed(id ?? ''), store.repository, variant);
    if ('refusal' in place)
        return place.refusal;
    const conversation = store.add({ ...order, ...place }, id);
    // The agent does not begin: the server only stores its message.
    if (order.scenario === 'ignored' && order.message !== '')
        conversation.receive(order.at, order.message, undefined);
    return json(201, renderAgentConversation(conversation));
}
/** Whether the server takes a second start for a first one, as it has begun the first one at the same instant. */
function isTakenForFirst({ order }, { store, variant }) {
    return startsTwice(variant) && store.clock.now() - order.at < SAME_INSTANT_MS;
}
function findShown(store, id) {
    const conversation = store.byId(id);
    return conversation?.situation.presence === 'shown' ? conversation : undefined;
}
/** Whether a request would start an agent beyond the limit of running agents. */
function isTooMuch(call, options, scope) {
    const [, id = '', action] = /^\/api\/conversations\/([^/]+)\/(run|events)$/.exec(call.path) ?? [];
    if (call.method !== 'POST' || action === undefined)
        return false;
    const runs = action === 'run' || (isRecord(call.body) && call.body['run'] === true);
    const conversation = scope.find(id);
    return runs && conversation !== undefined && !isBusy(conversation) && isFull(options);
}
function answerApi(call, options) {
    const { scope } = aloneAt(call.path, options);
    if (call.method === 'POST' && call.path === agent_alone_START)
        return start(call, options);
    if (call.method === 'GET' && call.path === PROFILES)
        return answerProfiles(options.variant);
    if (call.method === 'GET' && isAboutChanges(call.path))
        return answerAboutChanges(call, call.path, scope, variantOf(call.query.get('path'), options));
    if (!isTooMuch(call, options, scope))
        return answerAgentApi(call, call.path, scope);
    // The server stores a message even if the agent cannot run now.
    const hasMessage = call.path.endsWith('/events') && isRecord(call.body);
    if (hasMessage)
        answerAgentApi({ ...call, body: { ...call.body, run: false } }, call.path, scope);
    return refuseRun();
}
/** Returns the variant for a folder. For the first agent that works in it, the server makes a repository of one that is missing or plain. */
function variantOf(path, { store, variant }) {
    if (worktreeOf(path ?? '') !== undefined)
        return { ...variant, folder: 'repository' };
    const isUsed = store.all().some((conversation) => folderOf(conversation) === path);
    const becomesRepository = variant.folder === 'missing' || variant.folder === 'plain';
    return becomesRepository && isUsed ? { ...variant, folder: 'empty' } : variant;
}
function info({ store, variant }) {
    const version = variant.version ?? AGENT_SERVER_VERSION;
    return json(200, {
        ...serverInfo(store.process.upSince, store),
        ...(variant.hidesVersion !== true && { version, sdk_version: version }),
        capabilities: [...capabilitiesOf(variant)],
        usable_tools: ['terminal', 'file_editor', 'task_tracker'],
        docs: '/docs',
        redoc: '/redoc',
        ...runtimeServices(variant),
    });
}
/** Returns the server for a socket. It is a single process: if that is down, nothing is reachable. */
function aloneAt(path, { store, authorization }) {
    return {
        path,
        scope: { store, find: (id) => findShown(store, id), inSandbox: [] },
        takes: (key) => isKey(authorization, key),
        endsUnreachable: true,
    };
}
/** Whether a key is right. The server without a key also serves requests without one. */
function isKey(authorization, key) {
    if (authorization.kind === 'open' && key === '')
        return true;
    return refuseKeys(authorization, { bearer: key, session: key }) === undefined;
}
/** Whether the server's process is down. */
function isDown(store) {
    return isRestarting(store) || store.all().some((conversation) => !conversation.isReachable);
}
/** Returns the answer to a path that the server does not know. Agent Canvas has a web app there. */
function unknownPath({ method, path }, { variant: { canvas } }) {
    const isWeb = canvas === 'local' || canvas === 'docker';
    return isWeb && method === 'GET' && !path.startsWith('/api/') ? webApp() : refuse(404, 'Not Found');
}
/**
 * Answers like a standalone agent server: no web app, no web pages, no accounts, and 404 for unknown paths. It accepts its
 * key only in `X-Session-API-Key`. Seen with 1.58.2.
 */
function answerAlone(call, options) {
    const { variant } = options;
    if (isDown(options.store))
        return refuse(502, 'Bad Gateway');
    const infoPaths = variant.canvas === undefined ? ['/', '/server_info'] : ['/server_info'];
    if (call.method === 'GET' && infoPaths.includes(call.path))
        return info(options);
    if (!isAgentApi(call.path) && call.path !== PROFILES)
        return unknownPath(call, options);
    if (!isKey(options.authorization, call.sessionKey))
        return refuse(401, 'Unauthorized');
    if (options.store.process.isDiskFull && call.method === 'POST')
        return internalError('[Errno 28] No space left on device');
    const reply = answerApi(call, options) ?? refuse(405, 'Method Not Allowed');
    return variant.hidesFolder === true ? withoutFolder(reply) : reply;
}
function withoutFolder(reply) {
    return { ...reply, body: String(reply.body).replaceAll(/"workspace":\{[^}]*\},/g, '') };
}

;// CONCATENATED MODULE: ./build/simulator/server/v0-render.js


/** Renders a conversation, `ConversationInfo` in the API description; null if the server does not know it. */
function v0_render_renderInfo(conversation, origin) {
    const { names, order, situation, updatedAt } = conversation;
    if (situation.presence === 'hidden')
        return null;
    return {
        conversation_id: names.id,
        title: situation.title ?? `Conversation ${names.id.slice(0, 5)}`,
        last_updated_at: zonedTime(updatedAt),
        status: BOX_NAMES[situation.box].v0,
        runtime_status: BOX_NAMES[situation.box].runtime,
        selected_repository: order.repository,
        selected_branch: order.branch,
        git_provider: order.provider,
        trigger: 'openhands_api',
        num_connections: 0,
        url: situation.box === 'running'
            ? `${origin}/agent-server/${names.sandboxId}/api/conversations/${names.id}`
            : null,
        session_api_key: names.sessionKey,
        created_at: zonedTime(order.at),
        pr_number: situation.pullRequests,
    };
}
function action(source, name, message, args) {
    return { source, message, action: name, args };
}
function observation(name, message, content, extras) {
    const source = name === 'run' ? 'agent' : 'environment';
    return { source, message, observation: name, content, extras };
}
function v0_render_contentOf({ happening }) {
    switch (happening.kind) {
        case 'user-message':
            return action('user', 'message', happening.text, { content: happening.text });
        case 'agent-message':
            return action('agent', 'message', happening.text, { content: happening.text, wait_for_response: true });
        case 'command': {
            const { command, summary: thought } = happening;
            return action('agent', 'run', `Running command: ${command}`, { command, thought, is_input: false });
        }
        case 'command-result': {
            const { command, text } = happening;
            const message = `Command \`${command}\` executed with exit code 0.`;
            return observation('run', message, text, { command, metadata: { exit_code: 0 } });
        }
        case 'edit': {
            const { path, text: file_text, summary: thought } = happening;
            return action('agent', 'edit', `Editing ${path}`, { path, command: 'create', file_text, thought });
        }
        case 'finish': {
            const args = { final_thought: happening.text, outputs: {}, thought: '' };
            return action('agent', 'finish', 'All done! What is next on the agenda?', args);
        }
        case 'error':
            return observation('error', happening.detail, happening.detail, { error_id: happening.code });
        case 'tool-error':
            return observation('error', happening.text, happening.text, {});
        case 'agent-state': {
            const { agent, reason = '' } = happening;
            return observation('agent_state_changed', '', '', { agent_state: AGENT_NAMES[agent].v0, reason });
        }
        case 'system-prompt':
        case 'condensation':
        case 'cost':
        case 'pause':
        case 'interrupt':
        case 'plan':
        case 'plan-result':
            // V0 has no such event. This is its empty observation.
            return observation('null', '', '', {});
    }
}
/** Renders an event as V0 stores it. */
function renderV0Event(event) {
    return { id: event.serial, timestamp: naiveTime(event.at), ...v0_render_contentOf(event) };
}

;// CONCATENATED MODULE: ./build/simulator/server/v1-lists.js
/** The routes of V1 that list conversations, their starts and their events. */






/** Source: `batch_get_app_conversations` in OpenHands/OpenHands, which refuses 100. */
const v1_lists_MAX_IDS = 99;
/** Answers with what each of the `ids` of a query names, or with the refusal if there are none, too many or wrong ones. */
function v1_lists_listByIds(call, of, render) {
    const ids = call.query.getAll('ids');
    if (ids.length === 0)
        return invalid([{ loc: ['query', 'ids'], msg: 'Field required', type: 'missing' }]);
    if (ids.length > v1_lists_MAX_IDS)
        return refuse(400, `Too many ids requested. Maximum is ${v1_lists_MAX_IDS}.`);
    const wrong = ids.filter((id) => !isUuid(id));
    if (wrong.length === 0)
        return json(200, ids.map(render));
    // The route for conversations declares ids as strings and parses them later; the route for tasks declares UUIDs.
    if (of === 'conversations') {
        return refuse(400, `Invalid UUID format for ids: [${wrong.map((id) => `'${id}'`).join(', ')}]`);
    }
    const at = ids.findIndex((id) => !isUuid(id));
    return invalid([{ loc: ['query', 'ids', at], msg: 'Input should be a valid UUID', type: 'uuid_parsing' }]);
}
function listConversations(call, store) {
    return v1_lists_listByIds(call, 'conversations', (id) => {
        const conversation = store.byId(id);
        return conversation === undefined ? null : renderConversation(conversation, call);
    });
}
function listTasks(call, store) {
    return v1_lists_listByIds(call, 'tasks', (id) => {
        const conversation = store.byTask(id);
        return conversation === undefined ? null : renderStartTask(conversation, call.origin);
    });
}
/** Lists the sandboxes that the query names. `detail`: the reason of those that have failed or are gone. */
function listSandboxes(call, store, detail) {
    const ids = call.query.getAll('id');
    if (ids.length === 0)
        return invalid([{ loc: ['query', 'id'], msg: 'Field required', type: 'missing' }]);
    return json(200, ids.map((id) => {
        const conversation = store.inSandbox(id).at(-1);
        return conversation === undefined ? null : renderSandbox(conversation, detail);
    }));
}
/** Returns the V1 conversations since the time that the query names, newest first. */
function newestFirst(call, store) {
    const since = call.query.get('created_at__gte');
    return store
        .all()
        .filter(({ order }) => order.version === 'v1')
        .filter(({ order }) => order.at >= timeOf(since))
        .toReversed();
}
function searchConversations(call, store) {
    const sandbox = call.query.get('sandbox_id__eq');
    const found = newestFirst(call, store).filter(({ names }) => sandbox === null || names.sandboxId === sandbox);
    const shown = found.flatMap((conversation) => renderConversation(conversation, call) ?? []);
    const { items, next } = pageOf(shown, call.query);
    return json(200, { items, next_page_id: next });
}
function searchTasks(call, store) {
    const { items, next } = pageOf(newestFirst(call, store), call.query);
    return json(200, { items: items.map((item) => renderStartTask(item, call.origin)), next_page_id: next });
}
const ZONED = /(?:Z|[+-]\d\d:?\d\d)$/;
function searchEvents(call, store, id) {
    const since = call.query.get('timestamp__gte');
    // Stored times have no zone, and some servers fail on times with a zone, so this one always does.
    if (since !== null && ZONED.test(since))
        return refuse(500, 'Internal Server Error');
    return findEvents(call, store.byId(id)?.knownEvents ?? [], 'kind__eq');
}

;// CONCATENATED MODULE: ./build/simulator/server/v1.js








/** The account of every conversation. Self-hosted servers have none. */
const ACCOUNT_ID = 'c0ffee00-0000-4000-8000-000000000001';
const PROVIDERS = [
    'github',
    'gitlab',
    'bitbucket',
    'bitbucket_data_center',
    'forgejo',
    'azure_devops',
    'enterprise_sso',
];
const v1_START_BODY = object({
    initial_message: optional(MESSAGE),
    conversation_id: optional(uuid),
    selected_repository: optional(body_checks_text),
    selected_branch: optional(body_checks_text),
    git_provider: optional(oneOf(PROVIDERS)),
    llm_model: optional(body_checks_text),
    title: optional(body_checks_text),
    trigger: optional(body_checks_text),
});
const MESSAGE_BODY = object({
    role: optional(oneOf(['user'])),
    content: listOf(MESSAGE_PART, 1),
    run: optional(flag),
});
function refuseWrongBody(body, check) {
    const problems = check(body, ['body']);
    return problems.length > 0 ? invalid(problems) : undefined;
}
/** Whether the account may not read a repository: those named `no-access`. */
function isForbidden(repository) {
    return repository?.endsWith('/no-access') ?? false;
}
function v1_orderOf(call, store, options) {
    const body = isRecord(call.body) ? call.body : {};
    const first = contentText(body['initial_message']);
    const isIgnored = (name) => name === 'conversation_id' && options.honourConversationId === false;
    const request = Object.fromEntries(Object.entries(body).filter(([name]) => !isIgnored(name)));
    const repository = textOf(body, 'selected_repository');
    return {
        version: 'v1',
        message: first,
        repository,
        branch: textOf(body, 'selected_branch'),
        provider: textOf(body, 'git_provider'),
        model: textOf(body, 'llm_model'),
        title: textOf(body, 'title'),
        trigger: textOf(body, 'trigger'),
        scenario: isForbidden(repository)
            ? 'no-access'
            : store.scenarioFor(first, hasPictures(body['initial_message'])),
        request,
        apiKey: call.key || call.sessionKey,
        accountId: accountOf(options),
        at: store.clock.now(),
    };
}
function accountOf({ kind }) {
    return kind === 'self-hosted' ? null : ACCOUNT_ID;
}
function v1_start(call, store, options) {
    const wrong = refuseWrongBody(call.body, v1_START_BODY);
    if (wrong !== undefined)
        return wrong;
    const id = options.honourConversationId === false ? null : textOf(call.body, 'conversation_id');
    if (id !== null && options.reservesIds === true && store.byId(id) !== undefined)
        return refuse(409, `A conversation with the id ${id} already exists`);
    const conversation = store.add(v1_orderOf(call, store, options), id ?? undefined);
    return json(200, renderStartTask(conversation, call.origin));
}
function sendMessage(call, store, id) {
    const wrong = refuseWrongBody(call.body, MESSAGE_BODY);
    if (wrong !== undefined)
        return wrong;
    const conversation = store.byId(id);
    if (conversation?.situation.presence !== 'shown')
        return refuse(404, `Conversation ${id} not found`);
    const refusal = v1_refusalOf(conversation);
    if (refusal !== undefined)
        return refusal;
    const message = contentText(call.body);
    const run = !isRecord(call.body) || call.body['run'] !== false;
    const scenario = run ? store.scenarioFor(message, hasPictures(call.body)) : undefined;
    conversation.receive(store.clock.now(), message, scenario);
    return json(200, { success: true, sandbox_status: 'RUNNING', message: null });
}
/** Returns the refusal of a message by the sandbox's state; `undefined` if the sandbox accepts it. */
function v1_refusalOf({ situation, names }) {
    switch (situation.box) {
        case 'running':
        case 'emptied':
        case 'unknown':
            return undefined;
        case 'missing':
        case 'archived':
            return refuse(410, 'Conversation is archived. The sandbox no longer exists.');
        case 'restarting':
            return refuse(502, 'Bad Gateway');
        case 'failed':
            return refuse(503, 'Sandbox is in an error state and cannot accept messages.');
        case 'unregistered':
        case 'starting':
        case 'paused':
        case 'stopped':
            return refuse(409, `Sandbox is ${BOX_NAMES[situation.box].v1}. Use POST /api/v1/sandboxes/${names.sandboxId}/resume to resume it first.`);
    }
}
function changeSandbox(store, id, change) {
    const now = store.clock.now();
    const gone = new Set(['missing', 'archived']);
    const inside = store.inSandbox(id).filter(({ situation }) => !gone.has(situation.box));
    if (inside.length === 0)
        return refuse(404, 'Not Found');
    for (const conversation of inside) {
        if (change === 'resume')
            conversation.resumeBox(now);
        else if (conversation.situation.box !== 'paused')
            conversation.pauseBox(now);
    }
    return json(200, { success: true });
}
function me(options) {
    return json(200, {
        id: accountOf(options),
        email: 'octocat@example.com',
        email_verified: true,
        git_user_name: 'octocat',
        v1_enabled: true,
        sandbox_grouping_strategy: options.grouping ?? 'NO_GROUPING',
        language: 'en',
        user_version: 1,
    });
}
const CONVERSATIONS = '/api/v1/app-conversations';
const EVENTS_PATH = /^\/api\/v1\/conversation\/([^/]+)\/events\/search$/;
const ONE_PATH = /^\/api\/v1\/app-conversations\/([^/]+)\/(send-message|download)$/;
const DELETED_PATH = /^\/api\/v1\/app-conversations\/([^/]+)$/;
const SANDBOX_PATH = /^\/api\/v1\/sandboxes\/([^/]+)\/(pause|resume)$/;
/** Answers requests about the account's Git provider; `undefined` for other requests. */
function answerGit(path) {
    if (path === '/api/v1/users/git-info')
        return json(200, { id: '1', login: 'octocat', avatar_url: '' });
    return path === '/api/v1/git/repositories/search'
        ? json(200, { items: [], next_page_id: null })
        : undefined;
}
function answerGet(call, store, options) {
    switch (call.path) {
        case CONVERSATIONS:
            return listConversations(call, store);
        case `${CONVERSATIONS}/search`:
            return searchConversations(call, store);
        case `${CONVERSATIONS}/start-tasks`:
            return listTasks(call, store);
        case `${CONVERSATIONS}/start-tasks/search`:
            return searchTasks(call, store);
        case '/api/v1/users/me':
            return me(options);
        case '/api/v1/sandboxes':
            return listSandboxes(call, store, options.statusDetail);
    }
    const events = EVENTS_PATH.exec(call.path);
    if (events?.[1] !== undefined)
        return searchEvents(call, store, events[1]);
    const one = ONE_PATH.exec(call.path);
    return one?.[1] !== undefined && one[2] === 'download' ? download(one[1], store.byId(one[1])) : undefined;
}
function answerPost(call, store, options) {
    if (call.path === CONVERSATIONS)
        return v1_start(call, store, options);
    const one = ONE_PATH.exec(call.path);
    if (one?.[1] !== undefined && one[2] === 'send-message')
        return sendMessage(call, store, one[1]);
    const sandbox = SANDBOX_PATH.exec(call.path);
    if (sandbox?.[1] === undefined)
        return undefined;
    return changeSandbox(store, sandbox[1], sandbox[2] === 'pause' ? 'pause' : 'resume');
}
/** Deletes a conversation, with its sandbox and the record of its start. */
function remove({ path }, store) {
    const id = DELETED_PATH.exec(path)?.[1];
    if (id === undefined)
        return undefined;
    return store.remove(id) ? json(200, { success: true }) : refuse(404, 'Conversation not found');
}
/** Answers a request to V1; `undefined` for unknown paths and methods. */
function answerV1(call, store, options) {
    if (call.method === 'GET')
        return answerGit(call.path) ?? answerGet(call, store, options);
    if (call.method === 'DELETE')
        return remove(call, store);
    return call.method === 'POST' ? answerPost(call, store, options) : undefined;
}
/** Whether a path belongs to V1. */
function isV1(path) {
    return path.startsWith('/api/v1/');
}

;// CONCATENATED MODULE: ./build/simulator/server/v0.js






const v0_PROVIDERS = ['github', 'gitlab', 'bitbucket', 'enterprise_sso'];
const anything = () => [];
/** `InitSessionRequest`. The described `conversation_id` is only for nested servers. */
const v0_START_BODY = object({
    initial_user_msg: optional(body_checks_text),
    repository: optional(body_checks_text),
    selected_branch: optional(body_checks_text),
    git_provider: optional(oneOf(v0_PROVIDERS)),
    image_urls: optional(listOf(body_checks_text)),
    replay_json: optional(body_checks_text),
    suggested_task: anything,
    create_microagent: anything,
    conversation_instructions: optional(body_checks_text),
    mcp_config: anything,
}, true);
const AGAIN_BODY = object({ providers_set: optional(listOf(oneOf(v0_PROVIDERS))) });
/** Returns V0's immediate refusal for a start that would fail later on V1; `undefined` if V0 accepts it. */
function v0_refusalOf(name, apiKey) {
    // V0 uses the same status for a wrong repository and a wrong key.
    if (name === 'no-access')
        return refuse(401, 'The repository is not there, or the account has no access to it.');
    const { refusal } = scenarioOf(name);
    if (refusal === undefined)
        return undefined;
    const message = refusal.message.replaceAll('{{apiKey}}', apiKey);
    return json(400, { status: 'error', message, msg_id: refusal.id });
}
function v0_start(call, store) {
    const problems = v0_START_BODY(call.body, ['body']);
    if (problems.length > 0)
        return invalid(problems);
    const message = textOf(call.body, 'initial_user_msg') ?? '';
    const repository = textOf(call.body, 'repository');
    const scenario = isForbidden(repository) ? 'no-access' : store.scenarioFor(message);
    const refusal = v0_refusalOf(scenario, call.key || call.sessionKey);
    if (refusal !== undefined)
        return refusal;
    const conversation = store.add({
        version: 'v0',
        message,
        repository,
        branch: textOf(call.body, 'selected_branch'),
        provider: textOf(call.body, 'git_provider'),
        model: null,
        title: null,
        trigger: 'openhands_api',
        scenario,
        request: {},
        apiKey: call.key || call.sessionKey,
        accountId: null,
        at: store.clock.now(),
    }, undefined);
    return json(200, { status: 'ok', conversation_id: conversation.names.id, conversation_status: null });
}
function listEvents(call, conversation) {
    const limit = Number(call.query.get('limit') ?? '20');
    if (limit < 1 || limit > 100)
        return refuse(400, 'Invalid limit');
    const reverse = ['true', '1', 'yes'].includes(call.query.get('reverse') ?? 'false');
    // The bound is inclusive. Source: `EventStore.search_events` in All-Hands-AI/OpenHands.
    const newest = Number(call.query.get('end_id') ?? Number.POSITIVE_INFINITY);
    const within = conversation.events.filter(({ serial }) => serial <= newest);
    const wanted = reverse ? within.toReversed() : within;
    return json(200, { events: wanted.slice(0, limit).map(renderV0Event), has_more: wanted.length > limit });
}
function v0_receive(call, store, conversation) {
    if (BOX_NAMES[conversation.situation.box].v0 !== 'RUNNING') {
        return refuse(404, `Conversation ${conversation.names.id} not found`);
    }
    if (textOf(call.body, 'action') === 'change_agent_state') {
        if (textOf(call.body, 'args', 'agent_state') === 'running')
            conversation.run(store.clock.now());
        return json(200, { success: true });
    }
    const content = textOf(call.body, 'args', 'content');
    if (textOf(call.body, 'action') !== 'message' || content === null) {
        return invalid([{ loc: ['body', 'action'], msg: 'Unknown action', type: 'value_error' }]);
    }
    conversation.receive(store.clock.now(), content, store.scenarioFor(content));
    return json(200, { success: true });
}
function startAgain(call, store, conversation) {
    const problems = AGAIN_BODY(call.body, ['body']);
    if (problems.length > 0)
        return invalid(problems);
    conversation.startAgain(store.clock.now());
    return statusOf(conversation);
}
/**
 * Answers with the status before the stop. A stop has no effect on a conversation that is still starting.
 * Source: `stop_conversation` in All-Hands-AI/OpenHands, manage_conversations.py.
 */
function stop(store, conversation) {
    const before = statusOf(conversation);
    if (conversation.situation.box !== 'unregistered')
        conversation.stop(store.clock.now());
    return before;
}
function statusOf(conversation) {
    return json(200, {
        status: 'ok',
        conversation_id: conversation.names.id,
        conversation_status: BOX_NAMES[conversation.situation.box].v0,
    });
}
const v0_PATH = /^\/api\/conversations\/([^/]+)(?:\/(events|start|stop|trajectory))?$/;
function v0_answerGet(call, conversation, what) {
    // Unlike all other routes, this one returns null for an unknown conversation.
    if (what === '')
        return json(200, conversation ? v0_render_renderInfo(conversation, call.origin) : null);
    if (conversation?.situation.presence !== 'shown')
        return refuse(404, notFound(call));
    if (what === 'events')
        return listEvents(call, conversation);
    if (what === 'trajectory')
        return json(200, { trajectory: conversation.events.map(renderV0Event) });
    return undefined;
}
function idIn(call) {
    return v0_PATH.exec(call.path)?.[1] ?? '';
}
function notFound(call) {
    return `Conversation ${idIn(call)} not found`;
}
/** Returns the answer to a stop of an unknown conversation. */
function notRunning(call) {
    return {
        status: 'ok',
        conversation_id: idIn(call),
        message: 'Conversation was not running',
        conversation_status: 'STOPPED',
    };
}
function v0_answerPost(call, store, conversation, what) {
    if (what !== 'events' && what !== 'start' && what !== 'stop')
        return undefined;
    if (conversation?.situation.presence !== 'shown') {
        return what === 'stop' ? json(200, notRunning(call)) : refuse(404, notFound(call));
    }
    switch (what) {
        case 'events':
            return v0_receive(call, store, conversation);
        case 'start':
            return startAgain(call, store, conversation);
        case 'stop':
            return stop(store, conversation);
    }
}
/** Answers a request to V0; `undefined` for unknown paths and methods. */
function answerV0(call, store) {
    if (call.path === '/api/conversations')
        return call.method === 'POST' ? v0_start(call, store) : undefined;
    const [, id, what = ''] = v0_PATH.exec(call.path) ?? [];
    if (id === undefined)
        return undefined;
    const conversation = store.byId(id);
    if (call.method === 'GET')
        return v0_answerGet(call, conversation, what);
    return call.method === 'POST' ? v0_answerPost(call, store, conversation, what) : undefined;
}
/** Whether a path belongs to V0. */
function isV0(path) {
    return path === '/api/conversations' || path.startsWith('/api/conversations/');
}

;// CONCATENATED MODULE: ./build/simulator/server/routes.js








const CLOUD_LIMIT = { perSecond: 10, perMinute: 100 };
/** Answers like FastAPI if no route matches: a GET returns the web app, which accepts no other method. */
function routes_unknownPath(call, { options }) {
    if (options.kind === 'self-hosted')
        return refuse(404, 'Not Found');
    return call.method === 'GET' || call.method === 'HEAD' ? webApp() : refuse(405, 'Method Not Allowed');
}
const MAX_RUNS = 10;
/** Returns the parts of a standalone agent server. */
function aloneOf({ options: { authorization = { kind: 'open' }, maxRuns = MAX_RUNS, agentServer: variant = {} }, store, }) {
    return { store, authorization, maxRuns, variant };
}
/** Finds the agent server for the path of a socket, or returns the error response. */
function socketServerAt(path, hosting) {
    if (hosting.options.api !== 'agent-server')
        return isAgentServer(path) ? agentServerAt(path, hosting.store) : refuse(403, 'Forbidden');
    return isDown(hosting.store) ? refuse(502, 'Bad Gateway') : aloneAt(path, aloneOf(hosting));
}
/** Whether the simulator serves the API version of a path. */
function isServed(path, api = 'both') {
    return ((api === 'v1' || api === 'both') && isV1(path)) || ((api === 'v0' || api === 'both') && isV0(path));
}
/** Returns the refusal of a request with a wrong key, or with a body that is not JSON. */
function refuseEarly(call, setup, bodyIsBroken) {
    const keys = { bearer: call.key, session: call.sessionKey };
    const refusal = refuseKeys(setup.options.authorization ?? { kind: 'open' }, keys);
    if (refusal !== undefined || !bodyIsBroken)
        return refusal;
    return invalid([{ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }]);
}
function routes_answer(call, setup, bodyIsBroken) {
    if (setup.options.api === 'agent-server')
        return answerAlone(call, aloneOf(setup));
    if (isAgentServer(call.path))
        return answerAgentServer(call, setup.store) ?? refuse(404, 'Not Found');
    if (!isServed(call.path, setup.options.api))
        return routes_unknownPath(call, setup);
    const refusal = refuseEarly(call, setup, bodyIsBroken);
    if (refusal !== undefined)
        return refusal;
    const { store, options } = setup;
    return ((isV1(call.path) ? answerV1(call, store, options) : answerV0(call, store)) ?? routes_unknownPath(call, setup));
}
/** Answers a request, subject to the rate limits. */
async function answerWithinLimits(call, setup, bodyIsBroken) {
    const isLimited = isServed(call.path, setup.options.api);
    const key = call.key || call.sessionKey;
    const verdict = isLimited ? setup.limiter({ key, address: call.sender }) : { kind: 'pass' };
    if (verdict.kind === 'refuse')
        return verdict.reply;
    if (verdict.kind === 'wait')
        await waitSeconds(verdict.seconds, setup.clock);
    return routes_answer(call, setup, bodyIsBroken);
}
/** Waits for simulated seconds. */
async function waitSeconds(seconds, { speed }) {
    await (0,promises_namespaceObject.setTimeout)((seconds * 1000) / speed, undefined, { ref: false });
}
/** Creates the limiter for the chosen rate limit. */
function limiterOf(clock, { kind, rateLimit }) {
    const limit = rateLimit ?? (kind === 'self-hosted' ? kind : CLOUD_LIMIT);
    if (limit === 'none')
        return () => ({ kind: 'pass' });
    return limit === 'self-hosted' ? limitLikeOwnServer(clock) : limitLikeCloud(clock, limit);
}

;// CONCATENATED MODULE: ./build/simulator/server/event-socket.js







const AUTHENTICATION_MS = 10_000;
const HUGE_BYTES = 2 * 1024 * 1024;
const OBJECTS = 300_000;
/**
 * The server's end of a socket. It has no timers: `tick` sends the frames that are due.
 * Source: sockets.py in OpenHands/software-agent-sdk; seen with 1.58.2.
 */
class EventSocket {
    target;
    headers;
    frames = [];
    #link;
    #watched;
    #openedAt;
    /** The frames that are not sent yet. */
    #outbox = [];
    #conversation;
    /** The number of the conversation's events that were queued, or happened before the socket was opened. */
    #queued = 0;
    #sent = 0;
    #closed;
    constructor({ target, headers }, link, watched) {
        this.target = target;
        this.headers = headers;
        this.#link = link;
        this.#watched = watched;
        this.#openedAt = this.#now;
    }
    get sent() {
        return this.#sent;
    }
    get closed() {
        return this.#closed;
    }
    get #now() {
        return this.#watched.server.scope.store.clock.now();
    }
    /** Whether the socket is closed, or a fault makes it send nothing. */
    get #isSilent() {
        return this.#closed !== undefined || this.#watched.fault?.kind === 'silent';
    }
    /** Whether the server pings: it does as long as it runs. */
    get pings() {
        return !this.#isSilent && (this.#conversation?.isReachable ?? true);
    }
    /** Whether a fault makes the server send pings without end. */
    get floods() {
        return this.#watched.fault?.kind === 'pings';
    }
    /** Receives a frame from the client. The first one authenticates; any other one is a message to the agent. */
    receive(text) {
        this.frames.push(text);
        const { misuses, server } = this.#watched;
        if (this.frames.length > 1)
            misuses.push(`a frame after the first on ${this.target}`);
        if (this.#isSilent)
            return;
        if (this.#conversation === undefined)
            this.#authenticate(text);
        else {
            const message = contentText(parseJson(text));
            this.#conversation.receive(this.#now, message, server.scope.store.scenarioFor(message));
        }
        this.tick();
    }
    /** Records that the client closed the socket. */
    leave() {
        this.#closed ??= 1000;
    }
    /** Closes the socket because its server ends. */
    end(code) {
        if (this.#closed === undefined)
            this.#close(code, '');
    }
    /** Sends the frames that are due. */
    tick() {
        if (this.#isSilent)
            return;
        if (this.#conversation === undefined) {
            if (this.#now >= this.#openedAt + AUTHENTICATION_MS)
                this.#close(4001, 'Authentication failed');
            return;
        }
        const { server, id } = this.#watched;
        if (server.scope.store.process.isDiskFull) {
            this.#close(1006, '');
            return;
        }
        const conversation = server.scope.find(id);
        if (conversation === undefined ||
            isGone(conversation) ||
            (server.endsUnreachable && !conversation.isReachable)) {
            this.#close(1012, '');
            return;
        }
        // A paused sandbox sends nothing, and does not close the socket.
        if (conversation.isReachable)
            this.#push(conversation);
    }
    /** Returns when `tick` is due, in simulated milliseconds since the epoch; `Infinity` if never. */
    nextAt() {
        if (this.#isSilent)
            return Infinity;
        if (this.#conversation === undefined)
            return this.#openedAt + AUTHENTICATION_MS;
        const frameAt = this.#conversation.isReachable ? (this.#outbox[0]?.at ?? Infinity) : Infinity;
        return Math.min(this.#conversation.nextAt, frameAt);
    }
    #authenticate(text) {
        const { server, id } = this.#watched;
        const first = parseJson(text);
        const key = textOf(first, 'session_api_key') ?? '';
        const conversation = server.scope.find(id);
        if (textOf(first, 'type') !== 'auth' || !server.takes(key))
            this.#close(4001, 'Authentication failed');
        else if (conversation === undefined)
            this.#close(4004, 'Conversation not found');
        else
            this.#begin(conversation);
    }
    #begin(conversation) {
        this.#conversation = conversation;
        this.#queued = conversation.events.length;
        this.#queue(renderFullState(conversation, this.#now), this.#now);
        const query = new URLSearchParams(this.target.split('?')[1] ?? '');
        const mode = query.get('resend_mode');
        const since = mode === 'since' ? query.get('after_timestamp') : null;
        if (mode !== 'all' && since === null)
            return;
        // With `all`, `since` is null, which is before all events.
        for (const event of conversation.events)
            if (event.at >= timeOf(since))
                this.#queueEvent(event);
    }
    #push(conversation) {
        for (const event of conversation.events.slice(this.#queued)) {
            this.#queueEvent(event);
            const { happening, at } = event;
            // After each run and each pause the server sends the whole state.
            if (happening.kind === 'agent-state' && happening.agent !== 'working')
                this.#queue(renderFullState(conversation, at), at);
        }
        this.#queued = conversation.events.length;
        while (this.#closed === undefined && !this.#closeIfSpent()) {
            const [frame] = this.#outbox;
            if (frame === undefined || frame.at > this.#now)
                break;
            this.#outbox.shift();
            this.#sent += 1;
            this.#link.send(frame.text);
        }
    }
    #queueEvent(event) {
        this.#queue(renderEvent(event), event.at);
    }
    #queue(event, at) {
        const { fault } = this.#watched;
        const delay = fault?.kind === 'slow' ? fault.seconds * 1000 : 0;
        const isFirst = this.#sent + this.#outbox.length === 0;
        const huge = fault?.kind === 'huge' && isFirst && { padding: 'x'.repeat(HUGE_BYTES) };
        const objects = fault?.kind === 'objects' && { padding: Array.from({ length: OBJECTS }, () => ({})) };
        const right = json(200, { ...event, ...huge, ...objects });
        const spoiled = fault === undefined ? undefined : spoil(fault, right, at);
        this.#outbox.push({ at: at + delay, text: String((spoiled ?? right).body) });
    }
    /** Closes the socket if a fault orders that after the number of frames sent so far. Returns whether it did. */
    #closeIfSpent() {
        const { fault } = this.#watched;
        if (fault?.kind !== 'close' || this.#sent < fault.frames)
            return false;
        this.#close(fault.code, 'Ordered by a fault');
        return true;
    }
    #close(code, reason) {
        this.#closed = code;
        this.#link.close(code, reason);
    }
}
/** Whether the conversation or its process no longer exists. */
function isGone({ situation: { box, agent } }) {
    return ['missing', 'archived', 'emptied'].includes(box) || agent === 'deleting';
}

;// CONCATENATED MODULE: ./build/simulator/server/sockets.js




const sockets_PATH = /^\/sockets\/events\/([^/]+)$/;
/** What each fault does to a socket before it is open. `open`: nothing; it may act on the frames. */
const OPENING = {
    status: 'refused',
    page: 'refused',
    redirect: 'refused',
    unsuccessful: 'refused',
    reset: 'dropped',
    hang: 'unanswered',
    endless: 'unanswered',
    cut: 'open',
    garbage: 'open',
    wrong: 'open',
    'no-message': 'open',
    other: 'open',
    slow: 'open',
    date: 'open',
    silent: 'open',
    huge: 'open',
    objects: 'open',
    pings: 'open',
    close: 'open',
};
/** Creates the sockets of a server, at first none. */
function createSockets({ store, serverAt, faults, misuses }) {
    const views = [];
    const attach = (upgrade, server, id, fault) => (link) => {
        const socket = new EventSocket(upgrade, link, { server, id, fault, misuses });
        views.push(socket);
        return socket;
    };
    return {
        open: (upgrade) => {
            const fault = faults.take('GET', upgrade.target)?.answer;
            misuses.push(...misusesOf(upgrade));
            const broken = fault === undefined ? undefined : openedWrongly(fault);
            if (broken !== undefined)
                return broken;
            const server = serverAt(upgrade.target.split('?')[0] ?? '');
            if (!('scope' in server))
                return { kind: 'refused', reply: server };
            const [, id = ''] = sockets_PATH.exec(server.path) ?? [];
            // Starlette refuses a socket if no route matches.
            if (!isUuid(id))
                return { kind: 'refused', reply: refuse(403, 'Forbidden') };
            return { kind: 'open', attach: attach(upgrade, server, id, fault) };
        },
        tick: () => {
            for (const socket of views)
                socket.tick();
        },
        end: (code) => {
            for (const socket of views)
                socket.end(code);
        },
        untilNext: () => Math.min(...views.map((socket) => socket.nextAt())) - store.clock.now(),
        views,
    };
}
/** Returns the result of a fault that prevents a socket from opening; `undefined` for other faults. */
function openedWrongly(fault) {
    const kind = OPENING[fault.kind];
    if (kind === 'open')
        return undefined;
    if (kind !== 'refused')
        return { kind };
    const reply = spoil(fault, undefined, 0);
    return reply && { kind, reply };
}
/** Finds keys outside of the first frame: proxies log addresses, and agent servers must not get the API key. */
function misusesOf({ target, headers }) {
    const path = target.split('?')[0] ?? '';
    return [
        ...(target.includes('session_api_key=') ? [`a key in the address of ${path}`] : []),
        ...(headers['authorization'] === undefined ? [] : [`an API key for ${path}`]),
    ];
}

;// CONCATENATED MODULE: ./build/simulator/server/alone-story.js
/** The start on a standalone agent server: the conversation exists as soon as the server responds. */
const START_ALONE = [{ at: 0, start: 'ready', presence: 'shown', box: 'running' }];
/**
 * Translates a change for a standalone agent server, which has no sandboxes: a paused sandbox becomes a paused agent, and a
 * missing one an unknown conversation. A broken sandbox is the server's process, which does not respond until it runs again.
 */
function changeAlone(change, agent) {
    const { box, hold, ...rest } = change;
    switch (box) {
        case 'paused':
        case 'stopped':
            return agent === 'working' ? { ...rest, agent: 'paused' } : rest;
        case 'missing':
        case 'archived':
            return { ...rest, presence: 'hidden' };
        case 'running':
            return agent === 'paused' ? { agent: 'working', ...rest, box } : { ...rest, box };
        case undefined:
            return hold === undefined ? rest : { ...rest, hold: hold === 'box' ? 'agent' : hold };
        default:
            return change;
    }
}

;// CONCATENATED MODULE: ./build/simulator/server/event-batches.js
/**
 * A sandbox sends its events in batches: when five are waiting, or 30 s after the first of them.
 * Source: `WebhookSpec` in OpenHands/software-agent-sdk (event_buffer_size, flush_delay).
 */
const FULL = 5;
const MAX_WAIT_MS = 30_000;
/** The events of a conversation, which reach the server in batches. */
class EventBatches {
    #arrived = [];
    #waiting = [];
    /** The events that have reached the server. */
    get arrived() {
        return this.#arrived;
    }
    /** Adds an event. Returns the events that reach the server because the batch is full. */
    add(event) {
        this.#waiting.push(event);
        return this.#waiting.length < FULL ? [] : this.sendAll();
    }
    /** Sends the batch if its first event has waited long enough at `now`, in milliseconds. Returns the sent events. */
    sendDue(now) {
        const [first] = this.#waiting;
        return first === undefined || now - first.at < MAX_WAIT_MS ? [] : this.sendAll();
    }
    /** Sends all waiting events and returns them. */
    sendAll() {
        const sent = this.#waiting;
        this.#waiting = [];
        this.#arrived.push(...sent);
        return sent;
    }
}

;// CONCATENATED MODULE: ./build/simulator/server/facts.js


const facts_PULL_REQUEST = 12;
function pullRequestLink({ repository, provider }, number) {
    const name = repository ?? 'octo-org/octo-repo';
    if (provider === 'gitlab')
        return `https://gitlab.com/${name}/-/merge_requests/${number}`;
    if (provider === 'bitbucket')
        return `https://bitbucket.org/${name}/pull-requests/${number}`;
    return `https://github.com/${name}/pull/${number}`;
}
/** Returns the values for the placeholders in the texts of a conversation. */
function factsOf(order, names) {
    return {
        repository: order.repository ?? 'no repository',
        id: names.id,
        pullRequest: pullRequestLink(order, facts_PULL_REQUEST),
        apiKey: order.apiKey,
        // On a standalone agent server, the texts repeat the model's key: there is no sandbox with a key.
        sessionKey: textOf(order.request, 'agent_settings', 'llm', 'api_key') ??
            textOf(order.request, 'agent', 'llm', 'api_key') ??
            names.sessionKey,
    };
}
/** Fills in the texts of a happening. */
function withFacts(happening, facts) {
    const fill = (text) => fillIn(text, facts);
    switch (happening.kind) {
        case 'user-message':
        case 'system-prompt':
        case 'condensation':
        case 'cost':
        case 'pause':
        case 'interrupt':
            return happening;
        case 'plan':
        case 'plan-result':
            return {
                ...happening,
                tasks: happening.tasks.map((task) => ({ ...task, title: fill(task.title) })),
            };
        case 'agent-message':
        case 'finish':
        case 'tool-error':
            return { ...happening, text: fill(happening.text) };
        case 'command':
            return { ...happening, summary: fill(happening.summary), command: fill(happening.command) };
        case 'command-result':
            return { ...happening, command: fill(happening.command), text: fill(happening.text) };
        case 'edit':
            return { ...happening, summary: fill(happening.summary), text: fill(happening.text) };
        case 'error':
            return { ...happening, code: fill(happening.code), detail: fill(happening.detail) };
        case 'agent-state':
            return happening.reason === undefined ? happening : { ...happening, reason: fill(happening.reason) };
    }
}

;// CONCATENATED MODULE: ./build/simulator/server/conversation-events.js



/** V0 has no events about costs, forgotten events, pauses and plans. */
const NOT_IN_V0 = [
    'cost',
    'condensation',
    'pause',
    'interrupt',
    'plan',
    'plan-result',
];
/** The events of a conversation, and the cost that the server knows from those that have reached it. */
class ConversationEvents {
    #order;
    #names;
    #ids;
    #behavior;
    #all = [];
    #batches = new EventBatches();
    #knownCost = 0;
    constructor(order, names, ids, behavior) {
        this.#order = order;
        this.#names = names;
        this.#ids = ids;
        this.#behavior = behavior;
    }
    /** All events that the agent in the sandbox has. */
    get all() {
        return this.#all;
    }
    /** The events that have reached the server. */
    get arrived() {
        return this.#batches.arrived;
    }
    /** The cost that the server reports, in US dollars. */
    get knownCost() {
        return this.#knownCost;
    }
    /** Stores an event, and sends it at once or with its batch. */
    store(happening, at) {
        const { tools } = this.#order;
        const isFirst = happening.kind === 'user-message' && this.#all.length === 0;
        if (isFirst && tools !== undefined)
            this.store({ kind: 'system-prompt', tools }, at);
        if (this.#order.version === 'v0' && NOT_IN_V0.includes(happening.kind))
            return;
        const event = {
            id: this.#ids.uuid(),
            serial: this.#all.length,
            at,
            happening: withFacts(happening, factsOf(this.#order, this.#names)),
            forgotten: this.#forgottenBy(happening),
        };
        this.#all.push(event);
        const arrived = this.#batches.add(event);
        this.#arrive(this.#behavior.lateEvents ? arrived : [...arrived, ...this.#batches.sendAll()]);
    }
    /** Stores the event about a change that pauses the agent or interrupts it, if it does. */
    storePause({ hold }, at) {
        if (hold === 'agent')
            this.store({ kind: 'pause' }, at);
        if (hold === 'interrupt')
            this.store({ kind: 'interrupt' }, at);
    }
    /** Sends the batch if it has waited long enough at `now`, in simulated milliseconds. */
    sendDue(now) {
        this.#arrive(this.#batches.sendDue(now));
    }
    /** Sends all events that wait. */
    sendAll() {
        this.#arrive(this.#batches.sendAll());
    }
    /** Returns the ids of the events that a condensation forgets, as V1 writes them. A summary has an id of its own, and is no event. */
    #forgottenBy(happening) {
        if (happening.kind !== 'condensation' || happening.forgets === 'nothing')
            return [];
        const [kind, suffix] = happening.forgets === 'message' ? ['user-message', ''] : ['condensation', '-summary'];
        const forgotten = this.#all.findLast((event) => event.happening.kind === kind);
        return forgotten === undefined ? [] : [dashed(forgotten.id) + suffix];
    }
    /** Makes the server forget the cost: storing a title overwrites the other fields with old values. */
    forgetCost() {
        this.#knownCost = 0;
    }
    #arrive(events) {
        if (!this.#behavior.hasStatistics)
            return;
        for (const { happening } of events)
            if (happening.kind === 'cost')
                this.#knownCost = happening.dollars;
    }
}

;// CONCATENATED MODULE: ./build/simulator/server/schedule.js
/**
 * What is going to happen to a conversation, and what waits for a resume. Times are simulated milliseconds since the epoch.
 */
class Schedule {
    #due = [];
    #held = [];
    /** The time of the next change; `Infinity` if there is none. */
    get nextAt() {
        return this.#due[0]?.at ?? Infinity;
    }
    /** Whether such a change is to come. */
    isDue(isWanted) {
        return this.#due.some(({ change }) => isWanted(change));
    }
    get hasHeld() {
        return this.#held.length > 0;
    }
    /** Adds changes, whose seconds count from `from`. */
    plan(from, changes) {
        this.#add(changes.map((change) => ({ at: from + change.at * 1000, change })));
    }
    /** Removes the first change that is due by `now`, and returns it; `undefined` if there is none. */
    takeDue(now) {
        const [next, ...later] = this.#due;
        if (next === undefined || next.at > now)
            return undefined;
        this.#due = later;
        return next;
    }
    /** Holds all changes until a resume. */
    hold(now) {
        this.#held = [...this.#held, ...this.#due.map((due) => ({ ...due, at: due.at - now }))];
        this.#due = [];
    }
    /** Reschedules the changes that were held, delayed by the time of the hold. */
    resume(now) {
        this.#add(this.#held.map((due) => ({ ...due, at: due.at + now })));
        this.#held = [];
    }
    /** Drops the changes from a time on. */
    dropFrom(time) {
        this.#due = this.#due.filter(({ at }) => at < time);
    }
    /** Drops all changes, also those that are held. */
    clear() {
        this.#due = [];
        this.#held = [];
    }
    #add(due) {
        // The sort is stable, so changes for the same time keep their order.
        this.#due = [...this.#due, ...due].sort((left, right) => left.at - right.at);
    }
}

;// CONCATENATED MODULE: ./build/simulator/server/situation.js
/** The state of a conversation before its first change. */
const NOTHING_YET = {
    start: 'accepted',
    detail: null,
    presence: 'hidden',
    box: 'starting',
    agent: 'idle',
    reason: null,
    title: null,
    cost: 0,
    pullRequests: [],
};
/** Returns the states of sandbox and agent after a change. A hold pauses one of them. */
function stateAfter(before, change) {
    return {
        box: change.hold === 'box' ? 'paused' : (change.box ?? before.box),
        agent: change.hold === 'agent' || change.hold === 'interrupt' ? 'paused' : (change.agent ?? before.agent),
    };
}
/** Returns the situation after a change. The placeholders of its texts are not filled in yet. */
function situationAfter(before, change) {
    return {
        ...stateAfter(before, change),
        start: change.start ?? before.start,
        detail: change.detail ?? before.detail,
        presence: change.presence ?? before.presence,
        reason: change.agent === undefined ? before.reason : (change.reason ?? null),
        title: change.title ?? before.title,
        // What an agent has cost only grows; the server's figure of it may fall.
        cost: Math.max(before.cost, change.cost ?? 0),
        pullRequests: change.pullRequest === undefined ? before.pullRequests : [change.pullRequest],
    };
}
/** Keeps a conversation hidden that the server never shows. */
function hideIfHidden(change, { isHidden }) {
    return isHidden ? { ...change, presence: 'hidden' } : change;
}
/** Adds the cost before the current message to a change: scenarios count costs from their message. */
function withCost(change, before) {
    return change.cost === undefined ? change : { ...change, cost: Number((before + change.cost).toFixed(4)) };
}

;// CONCATENATED MODULE: ./build/simulator/server/start.js


/** Adapts a start to V0, which creates the conversation immediately or never. */
function visibleAtOnce(start) {
    const presence = start.findLast((change) => change.presence !== undefined)?.presence ?? 'shown';
    return start.map((change) => ({ ...change, presence }));
}
/** Returns the changes until the agent gets the message, and their duration in seconds. */
function start_startOf({ version, scenario }) {
    if (version === 'agent-server')
        return { changes: START_ALONE, seconds: 0 };
    const story = scenarioOf(scenario);
    const changes = version === 'v0' ? visibleAtOnce(story.start) : story.start;
    return { changes, seconds: startSeconds(story) };
}
/** Returns the title that the server uses until the model has written one. */
function firstTitle({ title, version }, { id }) {
    return title ?? (version === 'agent-server' ? null : `Conversation ${id.slice(0, 5)}`);
}

;// CONCATENATED MODULE: ./build/simulator/server/conversation.js








const FIRST_STATE = { kind: 'agent-state', agent: NOTHING_YET.agent };
const RESUME_SECONDS = 3;
const INTERRUPTED = 'The agent was interrupted when its sandbox was paused.';
/** Source: `event_service.py` in OpenHands/software-agent-sdk, `start`. */
const RESTARTED = 'A restart occurred while this tool was in progress. This may indicate a fatal memory error or system crash. The tool execution was interrupted and did not complete.';
/** The states in which a sandbox sends events. */
const SENDING = ['running', 'unknown'];
/** Whether a happening is a step of the agent, or the result of one. */
function isStep({ kind }) {
    return kind !== 'agent-state' && kind !== 'cost';
}
/**
 * A simulated conversation. It has no timers: `advance` applies all changes up to a time, so any time may pass between two
 * requests. Every method takes the current time in simulated milliseconds since the epoch.
 */
class Conversation {
    order;
    names;
    #behavior;
    #events;
    #schedule = new Schedule();
    #scenario;
    #situation;
    #updatedAt;
    #startUpdatedAt;
    /** The cost when the agent got its last message. */
    #costBefore = 0;
    /** When the agent server in the sandbox has begun; Infinity before that. */
    #serverSince = Infinity;
    constructor(order, names, ids, behavior) {
        this.order = order;
        this.names = names;
        this.#behavior = behavior;
        this.#events = new ConversationEvents(order, names, ids, behavior);
        this.#scenario = order.scenario;
        this.#situation = { ...NOTHING_YET, title: firstTitle(order, names) };
        this.#updatedAt = order.at;
        this.#startUpdatedAt = order.at;
        const { changes, seconds } = start_startOf(order);
        this.#schedule.plan(order.at, changes);
        const worksAt = order.at + seconds * 1000;
        // V1 stores no events before the agent exists, and an agent server has no event for the first state.
        if (order.version !== 'agent-server')
            this.#schedule.plan(order.version === 'v0' ? order.at : worksAt, [{ at: 0, happening: FIRST_STATE }]);
        if (scenarioOf(order.scenario).work.length > 0)
            this.#begin(worksAt, order.message, order.scenario);
        this.advance(order.at);
    }
    get situation() {
        return this.#situation;
    }
    /** All events that the agent in the sandbox has. */
    get events() {
        return this.#events.all;
    }
    /** The events that have reached the server. */
    get knownEvents() {
        return this.#events.arrived;
    }
    /** The cost that the server reports, in US dollars. */
    get knownCost() {
        return this.#events.knownCost;
    }
    get scenario() {
        return this.#scenario;
    }
    /** When the start has changed last: never again once it is ready. */
    get startUpdatedAt() {
        return this.#startUpdatedAt;
    }
    get updatedAt() {
        return this.#updatedAt;
    }
    /** The time of the next change; `Infinity` if there is none. */
    get nextAt() {
        return this.#schedule.nextAt;
    }
    /** Whether the sandbox runs, so that its agent server responds. */
    get isReachable() {
        return SENDING.includes(this.#situation.box);
    }
    /** When the agent server in the sandbox has begun: with the sandbox, or after a restart. Infinity before that. */
    get serverSince() {
        return this.#serverSince;
    }
    /** Applies all changes that are due by `now`. */
    advance(now) {
        for (let next = this.#schedule.takeDue(now); next !== undefined; next = this.#schedule.takeDue(now)) {
            this.#sendDue(next.at);
            this.#apply(next.change, next.at);
        }
        this.#sendDue(now);
    }
    /** Pauses the sandbox (V1) or stops the runtime (V0). */
    pauseBox(now) {
        this.#apply({ at: 0, hold: 'box' }, now);
    }
    /** Stops a V0 conversation. Unlike a paused sandbox, this also changes the state of the agent. */
    stop(now) {
        const wasWorking = this.#situation.agent === 'working';
        this.#schedule.hold(now);
        this.#apply({ at: 0, box: 'stopped', ...(wasWorking ? { agent: 'stopped' } : {}) }, now);
    }
    /** Resumes the sandbox. The server's behavior decides what happens to an agent that was working. */
    resumeBox(now) {
        if (['running', 'starting', 'restarting'].includes(this.#situation.box))
            return;
        if (this.#behavior.resumedAgent === 'continues') {
            this.#schedule.plan(now, [{ at: 0, box: 'running' }]);
            // An agent that was interrupted stays paused.
            if (this.#situation.agent !== 'paused')
                this.#schedule.resume(now);
        }
        else {
            const wasWorking = this.#situation.agent === 'working';
            const back = wasWorking
                ? { at: RESUME_SECONDS, box: 'running', agent: 'failed', reason: INTERRUPTED }
                : { at: RESUME_SECONDS, box: 'running' };
            this.#schedule.plan(now, [{ at: 0, box: 'starting' }, back]);
        }
        this.advance(now);
    }
    /** Restarts a stopped V0 conversation. Its agent then waits for a message. */
    startAgain(now) {
        if (this.#situation.box === 'running' || this.#situation.box === 'starting')
            return;
        this.#schedule.plan(now, [
            { at: 0, box: 'starting', agent: 'idle' },
            { at: RESUME_SECONDS, box: 'running', agent: 'asks-input' },
        ]);
        this.advance(now);
    }
    /** Makes the start fail `seconds` from now, and drops all later changes. */
    failStart(now, seconds, detail) {
        const failsAt = now + seconds * 1000;
        this.#schedule.dropFrom(failsAt);
        this.#schedule.plan(failsAt, [{ at: 0, start: 'failed', detail }]);
        this.advance(now);
    }
    /** Replaces the conversation's sandbox by an empty one. */
    loseBox(now) {
        this.#schedule.hold(now);
        this.#apply({ at: 0, box: 'emptied' }, now);
    }
    /** Moves the conversation to another sandbox: the server no longer shows this one, but its sandbox keeps running. */
    moveOut(now) {
        this.#schedule.hold(now);
        this.#apply({ at: 0, presence: 'hidden' }, now);
    }
    /** Pauses the agent, or interrupts it; its sandbox keeps running. */
    pause(now, hold) {
        this.#apply({ at: 0, hold }, now);
    }
    /**
     * Ends the agent server in the sandbox, which comes back after some seconds. One that is stopped pauses an agent at work, and
     * interrupts it besides unless it is in a tool. One that is killed finds it in error, with an event that says why only in a tool; a message on which it had not begun stays stored.
     * Seen with agent server 1.58.2.
     */
    restart(now, seconds, how) {
        const { box, agent } = this.#situation;
        if (box !== 'running')
            return;
        const isWorking = agent === 'working';
        const isBegun = isWorking || this.#schedule.isDue(({ agent: next }) => next === 'working');
        this.#apply({ at: 0, box: 'restarting', ...(isBegun && how === 'stop' && { hold: 'agent' }) }, now);
        if (isBegun && how === 'stop' && !this.#isInTool())
            this.#apply({ at: 0, happening: { kind: 'interrupt' } }, now);
        const back = { at: seconds, box: 'running', agent: this.#situation.agent };
        if (isBegun)
            this.#schedule.hold(now);
        const isKilled = isBegun && how === 'kill';
        this.#schedule.plan(now, isKilled ? this.#killed(back, isWorking) : [back]);
    }
    /** Returns how an agent comes back whose server was killed. */
    #killed(back, wasWorking) {
        if (!wasWorking)
            return [{ ...back, agent: 'idle' }];
        const why = { at: back.at, happening: { kind: 'tool-error', text: RESTARTED } };
        return [{ ...back, agent: 'failed' }, ...(this.#isInTool() ? [why] : [])];
    }
    #isInTool() {
        return this.events.findLast(({ happening }) => isStep(happening))?.happening.kind === 'command';
    }
    /** Ends all work. Nothing tells of that: the agent keeps its status. */
    freeze(now) {
        this.#schedule.hold(now);
    }
    /** Resumes the agent. Returns false if it is working already. */
    run(now) {
        if (this.#situation.agent === 'working')
            return false;
        this.#apply({ at: 0, agent: 'working' }, now);
        if (this.#schedule.hasHeld)
            this.#schedule.resume(now);
        // Without work to continue, the agent soon finishes.
        else if (!this.#schedule.isDue(({ agent }) => agent !== undefined))
            this.#schedule.plan(now, [{ at: RESUME_SECONDS, agent: 'finished' }]);
        return true;
    }
    /**
     * Receives another message. With a `scenario` the agent drops its current work and starts that one; if the scenario has no
     * work, the message is lost. Without a `scenario` the message is only stored.
     */
    receive(now, message, scenario) {
        if (scenario === undefined) {
            this.#apply({ at: 0, happening: { kind: 'user-message', text: message } }, now);
            return;
        }
        if (scenarioOf(scenario).work.length === 0)
            return;
        this.#schedule.clear();
        this.#scenario = scenario;
        this.#costBefore = this.#situation.cost;
        this.#begin(now, message, scenario);
        this.advance(now);
    }
    #begin(at, message, scenario) {
        this.#schedule.plan(at, [
            { at: 0, happening: { kind: 'user-message', text: message } },
            ...scenarioOf(scenario).work,
        ]);
    }
    /** Applies a change of a scenario, as the kind of server shows it. */
    #apply(change, at) {
        if (change.start !== undefined)
            this.#startUpdatedAt = at;
        const isAlone = this.order.version === 'agent-server';
        this.#change(isAlone ? changeAlone(change, this.#situation.agent) : change, at);
    }
    #change(change, at) {
        if (change.hold !== undefined)
            this.#schedule.hold(at);
        if (change.happening !== undefined)
            this.#events.store(change.happening, at);
        const before = this.#situation;
        const after = situationAfter(before, withCost(hideIfHidden(change, this.#behavior), this.#costBefore));
        const facts = factsOf(this.order, this.names);
        const fill = (text) => (text === null ? null : fillIn(text, facts));
        this.#situation = {
            ...after,
            title: fill(after.title),
            detail: fill(after.detail),
            reason: fill(after.reason),
            pullRequests: this.order.repository === null ? [] : after.pullRequests,
        };
        // A sandbox that was paused has its process still.
        const wasDown = ['starting', 'restarting'].includes(before.box);
        if (wasDown && after.box === 'running')
            this.#serverSince = at;
        if (after.cost !== before.cost)
            this.#events.store({ kind: 'cost', dollars: after.cost }, at);
        if (after.agent !== before.agent) {
            const reason = change.reason === undefined ? {} : { reason: change.reason };
            this.#events.store({ kind: 'agent-state', agent: after.agent, ...reason }, at);
            this.#events.storePause(change, at);
        }
        if (change.sendsAll === true)
            this.#events.sendAll();
        // A server that stores a title overwrites the cost.
        if (after.title !== before.title)
            this.#events.forgetCost();
        if (this.#behavior.hasStatistics || change.start !== undefined || change.title !== undefined) {
            this.#updatedAt = at;
        }
    }
    #sendDue(now) {
        if (this.isReachable)
            this.#events.sendDue(now);
    }
}

;// CONCATENATED MODULE: ./build/simulator/server/store.js






/** The scenario of an agent that gets no message. */
const IGNORED = 'ignored';
const DAY_MS = 86_400_000;
const store_COMMIT = '5eedc0de'.repeat(5);
/** When and how one of two starts of the same id fails. Seen with openhands-ai 1.11.0, RUNTIME=process. */
const FIRST_FAILS_SECONDS = 1;
const NO_SANDBOX = '500: Sandbox entered error state: {{id}}';
const SECOND_FAILS_SECONDS = 6;
const NO_CONVERSATION = "Server error '500 Internal Server Error' for url 'http://localhost:8000/api/conversations'";
function stateOf({ order, situation }) {
    const shown = situation.presence === 'shown';
    if (order.version === 'v0') {
        return {
            version: 'v0',
            status: BOX_NAMES[situation.box].v0,
            agentState: AGENT_NAMES[situation.agent].v0,
            shown,
        };
    }
    const sandbox = BOX_NAMES[situation.box].v1;
    return {
        version: order.version,
        start: V1_START[situation.start],
        sandbox,
        execution: executionOf(situation),
        shown,
    };
}
function viewOf(conversation) {
    const { order, names, scenario } = conversation;
    const { version, message, repository, branch, provider, model } = order;
    return {
        ...names,
        version,
        message,
        repository,
        branch,
        provider,
        model,
        scenario,
        state: stateOf(conversation),
    };
}
/** Whether a conversation is in its sandbox, or is starting. */
function isInSandbox({ situation }) {
    return (situation.presence === 'shown' && situation.box !== 'emptied') || isStarting(situation.start);
}
function isStarting(phase) {
    return phase !== 'ready' && phase !== 'failed';
}
function sandboxesOf(conversations) {
    return [...new Set(conversations.map(({ names }) => names.sandboxId))].map((id) => {
        const users = conversations.filter(({ names }) => names.sandboxId === id);
        return {
            id,
            status: BOX_NAMES[users.at(-1)?.situation.box ?? 'missing'].v1,
            conversations: users.filter(isInSandbox).map(({ names }) => names.id),
        };
    });
}
/**
 * Simulates a second start of the same id on a self-hosted server: both sandboxes have the same id, so the second one
 * replaces the first one.
 */
function displace(first, second, now) {
    const { start } = first.situation;
    // If both are starting, only the second one becomes ready.
    if (isStarting(start))
        first.failStart(now, FIRST_FAILS_SECONDS, NO_SANDBOX);
    if (start !== 'ready')
        return;
    first.loseBox(now);
    second.failStart(now, SECOND_FAILS_SECONDS, NO_CONVERSATION);
}
/**
 * Simulates further starts of the same id on the Cloud: the conversation moves to the newest sandbox that has it. In a shared sandbox, its
 * agent server has the conversation already, so the first start stays.
 */
function moveOn(conversations, isShared, now) {
    const taken = new Set();
    for (const conversation of isShared ? conversations : conversations.toReversed()) {
        if (conversation.situation.presence === 'hidden')
            continue;
        if (taken.has(conversation.names.id))
            conversation.moveOut(now);
        taken.add(conversation.names.id);
    }
}
/** Creates an empty store. */
function createStore(clock, ids, options) {
    const conversations = [];
    const sharedSandbox = options.sharedSandbox === true ? ids.uuid() : undefined;
    const isOwn = options.kind === 'self-hosted';
    /** The ids of deleted conversations that a later start does not bring back. */
    const hidden = new Set();
    const behavior = {
        lateEvents: options.lateEvents ?? true,
        hasStatistics: !isOwn,
        resumedAgent: isOwn ? 'continues' : 'interrupted',
    };
    const all = () => {
        for (const conversation of conversations)
            conversation.advance(clock.now());
        moveOn(conversations, sharedSandbox !== undefined, clock.now());
        return conversations;
    };
    const byId = (id) => {
        const wanted = canonicalId(id);
        const same = all().filter(({ names }) => names.id === wanted);
        return same.findLast(({ situation }) => situation.presence === 'shown') ?? same.at(-1);
    };
    return {
        clock,
        ids,
        process: { upSince: clock.now() - DAY_MS, isDiskFull: false },
        commit: options.commit ?? store_COMMIT,
        repository: options.repository,
        failsToClone: ({ repository, branch }) => (options.failedClones ?? []).some((each) => each.repository === repository && (each.branch ?? branch) === branch),
        all,
        byId,
        byTask: (taskId) => {
            const wanted = canonicalId(taskId);
            return all().find(({ names }) => names.taskId === wanted);
        },
        remove: (id) => {
            const found = byId(id);
            if (found?.situation.presence !== 'shown')
                return false;
            const others = conversations.filter(({ names }) => names.id !== found.names.id);
            conversations.splice(0, Infinity, ...others);
            if (options.hidesDeleted === true)
                hidden.add(found.names.id);
            return true;
        },
        inSandbox: (sandboxId) => all().filter(({ names }) => names.sandboxId === sandboxId),
        add: (order, requested) => {
            const id = canonicalId(requested ?? ids.uuid());
            const names = {
                id,
                taskId: ids.uuid(),
                sandboxId: sharedSandbox ?? (isOwn ? id : ids.uuid()),
                sessionKey: ids.secret('session'),
            };
            const before = byId(id);
            const isThere = conversations.some((each) => each.names.id === id && each.situation.start !== 'failed');
            // In a shared sandbox, the agent of the first start does not get the message of another one.
            const joining = sharedSandbox !== undefined && isThere ? { ...order, scenario: IGNORED } : order;
            const conversation = new Conversation(joining, names, ids, { ...behavior, isHidden: hidden.has(id) });
            if (before !== undefined && isOwn && options.duplicatesReady !== true)
                displace(before, conversation, order.at);
            conversations.push(conversation);
            return conversation;
        },
        scenarioFor: (message, withPictures = false) => withPictures && options.seesPictures === false
            ? SEES_NONE
            : (orderedScenario(message) ?? options.scenario ?? DEFAULT_SCENARIO),
        views: () => all().map(viewOf),
        agents: () => all().map(({ names, events, situation }) => ({ id: names.id, events, cost: situation.cost })),
        sandboxes: () => sandboxesOf(all().filter(({ order }) => order.version === 'v1')),
    };
}

// EXTERNAL MODULE: ./node_modules/ws/lib/stream.js
var stream = __nccwpck_require__(412);
// EXTERNAL MODULE: ./node_modules/ws/lib/extension.js
var extension = __nccwpck_require__(335);
// EXTERNAL MODULE: ./node_modules/ws/lib/permessage-deflate.js
var permessage_deflate = __nccwpck_require__(376);
// EXTERNAL MODULE: ./node_modules/ws/lib/receiver.js
var receiver = __nccwpck_require__(893);
// EXTERNAL MODULE: ./node_modules/ws/lib/sender.js
var sender = __nccwpck_require__(389);
// EXTERNAL MODULE: ./node_modules/ws/lib/subprotocol.js
var subprotocol = __nccwpck_require__(332);
// EXTERNAL MODULE: ./node_modules/ws/lib/websocket.js
var websocket = __nccwpck_require__(681);
// EXTERNAL MODULE: ./node_modules/ws/lib/websocket-server.js
var websocket_server = __nccwpck_require__(129);
;// CONCATENATED MODULE: ./node_modules/ws/wrapper.mjs











/* harmony default export */ const wrapper = ((/* unused pure expression or super */ null && (WebSocket)));

;// CONCATENATED MODULE: ./build/simulator/server/web-sockets.js



/** The interval of `tick` in real milliseconds. */
const TICK_MS = 10;
/** How often a server pings, in real milliseconds. Source: the default of uvicorn. */
const PING_MS = 20_000;
/** Pings without payload. */
const PINGS = Buffer.alloc(1024 * 1024, Buffer.from([0x89, 0]));
/** Sends pings until the connection ends, as fast as it takes them. */
function flood(connection) {
    if (connection.destroyed)
        return;
    const next = () => {
        flood(connection);
    };
    if (connection.write(PINGS))
        setImmediate(next);
    else
        connection.once('drain', next);
}
/** Connects the sockets of a server to clients by WebSocket (RFC 6455). */
function webSockets(sockets) {
    const server = new websocket_server({ noServer: true, perMessageDeflate: false });
    const open = new Set();
    let timer;
    const carry = (socket, connection, opening) => {
        const end = opening.attach({
            send: (frame) => {
                socket.send(frame);
            },
            close: (code, reason) => {
                if (code === 1006)
                    socket.terminate();
                else
                    socket.close(code, reason);
            },
        });
        open.add(socket);
        if (end.floods)
            flood(connection);
        timer ??= setInterval(() => {
            sockets.tick();
        }, TICK_MS).unref();
        const pinging = setInterval(() => {
            if (end.pings)
                socket.ping();
        }, PING_MS).unref();
        // `ws` delivers data as a Buffer by default.
        socket.on('message', (data) => {
            end.receive(Buffer.isBuffer(data) ? data.toString() : '');
        });
        socket.on('error', () => undefined);
        socket.on('close', () => {
            clearInterval(pinging);
            end.leave();
            open.delete(socket);
            if (open.size > 0)
                return;
            clearInterval(timer);
            timer = undefined;
        });
    };
    return {
        upgrade: (request, connection, head) => {
            const opening = sockets.open({ target: request.url ?? '/', headers: flatten(request.headers) });
            switch (opening.kind) {
                case 'open':
                    server.handleUpgrade(request, connection, head, (socket) => {
                        carry(socket, connection, opening);
                    });
                    return 101;
                case 'refused':
                    connection.end(formatReply(opening.reply));
                    return opening.reply.status;
                case 'dropped':
                    connection.destroy();
                    return 0;
                case 'unanswered':
                    return 0;
            }
        },
        close: () => {
            for (const socket of open)
                socket.terminate();
        },
    };
}
/** Formats a reply as raw HTTP: an upgrade request has no response object. */
function formatReply({ status, type, headers, body }) {
    const all = {
        'content-type': type,
        'content-length': String(Buffer.byteLength(body)),
        connection: 'close',
        ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return `HTTP/1.1 ${status} ${external_node_http_namespaceObject.STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body.toString()}`;
}

;// CONCATENATED MODULE: ./build/simulator/server/server.js












/** Returns a body without end. */
function endless() {
    const headers = { 'content-type': 'application/json' };
    return { kind: 'endless', status: 200, headers, begin: '{"items":[', chunk: '"more",'.repeat(10_000) };
}
/** Returns a start without its message; `undefined` for a message to an existing conversation, of which nothing is left. */
function withoutMessage(call) {
    const { body } = call;
    return isRecord(body) && 'initial_message' in body
        ? { ...call, body: { ...body, initial_message: null } }
        : undefined;
}
/** Answers a request, with the fault that applies to it. */
async function serve(call, { target, body }, setup) {
    const fault = setup.faults.take(call.method, target);
    const bodyIsBroken = body !== '' && call.body === undefined;
    if (fault === undefined)
        return servedAt(setup.clock, await answerWithinLimits(call, setup, bodyIsBroken));
    const { kind } = fault.answer;
    if (kind === 'slow')
        await waitSeconds(fault.answer.seconds, setup.clock);
    const isProcessed = fault.when === 'after' || PROCESSES[kind];
    const processed = kind === 'no-message' ? withoutMessage(call) : call;
    const right = isProcessed && processed ? await answerWithinLimits(processed, setup, bodyIsBroken) : undefined;
    const reply = spoil(fault.answer, right, setup.clock.now());
    if (reply !== undefined)
        return servedAt(setup.clock, reply);
    if (kind === 'endless')
        return endless();
    return { kind: kind === 'reset' ? 'dropped' : 'unanswered' };
}
async function handle(request, setup) {
    const { method, target, headers, body, sender } = request;
    // Links use the host of the request: in a container, clients cannot use the address that the server listens on.
    const origin = `http://${headers['host'] ?? 'localhost'}`;
    const at = setup.clock.now();
    const url = new URL(target, origin);
    const { bearer, session } = keysOf(headers);
    const call = {
        method,
        path: url.pathname,
        query: url.searchParams,
        body: parseJson(body),
        key: bearer,
        sessionKey: session,
        sender,
        origin: setup.options.agentServers ?? origin,
        webPath: setup.options.webPath,
    };
    if (isAgentServer(call.path) && call.key !== '')
        setup.misuses.push(`an API key for ${method} ${call.path}`);
    const recorded = { method, path: target, headers, body, status: 0, at };
    setup.requests.push(recorded);
    const isDown = setup.options.api === 'agent-server' && isRestarting(setup.store);
    const served = isDown ? { kind: 'refused' } : await serve(call, request, setup);
    recorded.status = 'status' in served ? served.status : 0;
    setup.sockets.tick();
    setup.options.onRequest?.(recorded);
    return served;
}
function setUp(options) {
    const clock = options.clock ?? createClock(options.speed ?? 1);
    const store = createStore(clock, createIdSource(), options);
    const faults = createFaultBook(options.faults ?? []);
    const misuses = [];
    return {
        options,
        clock,
        store,
        faults,
        limiter: limiterOf(clock, options),
        requests: [],
        sockets: createSockets({
            store,
            serverAt: (path) => socketServerAt(path, { options, store }),
            faults,
            misuses,
        }),
        misuses,
    };
}
/** Returns the listener for requests of sockets over the network: it opens the socket, and records the request. */
function upgradeListener(setup, carrier) {
    return (request, connection, head) => {
        const at = setup.clock.now();
        const status = carrier.upgrade(request, connection, head);
        const headers = flatten(request.headers);
        const recorded = { method: 'GET', path: request.url ?? '/', headers, body: '', status, at };
        setup.requests.push(recorded);
        setup.options.onRequest?.(recorded);
    };
}
/**
 * Starts an OpenHands server in memory.
 *
 * @throws Error of `node:net` if it cannot listen, such as EADDRINUSE
 */
async function startSimulator(options = {}) {
    const setup = setUp(options);
    const { store, requests, sockets, misuses, faults } = setup;
    const carrier = webSockets(sockets);
    const { url, close } = await listen(options, async (request) => handle(request, setup), upgradeListener(setup, carrier));
    return {
        url,
        requests,
        sockets,
        misuses,
        get conversations() {
            return store.views();
        },
        get agents() {
            return store.agents();
        },
        get sandboxes() {
            return store.sandboxes();
        },
        restart: (how, seconds) => {
            sockets.tick();
            sockets.end(how === 'stop' ? 1012 : 1006);
            const now = store.clock.now();
            for (const conversation of store.all())
                conversation.restart(now, seconds, how);
            store.process.upSince = now + seconds * 1000;
        },
        fillDisk: () => {
            sockets.tick();
            for (const conversation of store.all())
                conversation.freeze(store.clock.now());
            store.process.isDiskFull = true;
            sockets.end(1006);
        },
        order: (fault) => {
            faults.order(fault);
        },
        close: async () => {
            carrier.close();
            await close();
        },
    };
}

;// CONCATENATED MODULE: ./build/simulator/main.js





/** Logs a request in one line, without headers and body, which contain keys. */
function logRequest({ method, path, status }) {
    console.log(`${method} ${path} -> ${status === 0 ? 'no answer' : status}`);
}
async function main_start(options) {
    try {
        return await startSimulator({ ...options, onRequest: logRequest });
    }
    catch (error) {
        if (codeOf(error) !== 'EADDRINUSE')
            throw error;
        throw new Error(`port ${options.port ?? 0} is in use; --port 0 chooses a free one`, { cause: error });
    }
}
async function main_serve(options) {
    const simulator = await main_start(options);
    console.log(`The simulator listens. Point base-url at ${simulator.url}`);
    console.log(`Scenario ${nameOf(options.scenario ?? DEFAULT_SCENARIO)}, speed ${options.speed ?? 1}. Stop it with Ctrl+C.`);
    for (const signal of ['SIGINT', 'SIGTERM']) {
        process.once(signal, () => {
            void simulator.close();
        });
    }
}
/** Runs the command. */
async function main(args) {
    refuseOptionsThatNpmTook('simulator', ['scenario', 'api', 'speed', 'list', 'fault']);
    const command = parseCommand(args);
    switch (command.kind) {
        case 'help':
            console.log(helpText());
            return;
        case 'list':
            console.log(listText());
            return;
        case 'serve':
            await main_serve(command.options);
    }
}
main(process.argv.slice(2)).catch((error) => {
    console.error(`simulator: ${errorLineOf(error)}`);
    process.exitCode = 2;
});

