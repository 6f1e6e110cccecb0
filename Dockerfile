# The gateway as one container: compiled JavaScript, production packages, no shell scripts, no secrets.
#   docker build -t countersign .
#   docker run --read-only --tmpfs /tmp -v countersign-data:/data -v ./config:/config:ro -p 8080:8080 countersign
# It needs one writable place, /data (config key `dataDir`), and reads its config from /config/gateway.yaml.

FROM node:24-slim AS build
WORKDIR /source
COPY . .
RUN sh config/deploy/assemble.sh /source /app

FROM node:24-slim
ENV NODE_ENV=production
COPY --from=build /app /app
# Numbers, not names: an orchestrator can then see that this is not root.
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
WORKDIR /app
EXPOSE 8080 9090
# On the admin listener, which `admin` in the config puts on port 9090.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9090/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve", "--config", "/config/gateway.yaml"]
