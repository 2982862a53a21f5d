"use strict";
// SST's own server gives each function a path, which this client puts in front of each call. The address of Lambda has
// none, and then each call begins with two slashes, which the service answers with 404: take one away.

const http = require("node:http");

const { request } = http;
http.request = (options, ...rest) => request({ ...options, path: options.path.replace(/^\/\//, "/") }, ...rest);
