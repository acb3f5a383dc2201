//! What the tests share: servers, sandboxes, proxies.
