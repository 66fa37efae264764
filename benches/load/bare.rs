//! The yardstick: hyper and nothing else. It reads the request, its body too, and returns the bytes it was given.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

/// Serves the answer in `file` and prints the port.
pub fn serve(file: &str) {
    let answer = std::fs::read(file).expect("the answer to return");
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..split]).into_owned();
    let mut response = Response::new(Bytes::copy_from_slice(&answer[split + 4..]));
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").expect("a header");
        // These two are hyper's own, in both servers.
        if !["date", "content-length"].contains(&name.to_lowercase().as_str()) {
            let name = hyper::header::HeaderName::try_from(name).expect("a name");
            response.headers_mut().append(name, value.parse().expect("a value"));
        }
    }
    let response = Arc::new(response);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address").port());
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let _ = stream.set_nodelay(true);
            let response = response.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let response = response.clone();
                async move {
                    let _ = request.into_body().collect().await;
                    let (parts, body) = (*response).clone().into_parts();
                    Ok::<_, Infallible>(Response::from_parts(parts, Full::new(body)))
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
}
