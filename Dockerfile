# The page is built once; what runs is Node, the production dependencies, the sources and the built page.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
# npm run build looks whether all is there that it needs.
COPY server/preflight.cjs server/
COPY shared shared
COPY web web
RUN npm run build
# What lies in web/public is copied with its mode (see below).
RUN chmod -R a+rX web/dist

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Removed is what nothing needs that runs: TypeScript (an optional peer of one dependency, which npm installs), types, maps.
RUN npm ci --omit=dev \
  && rm -r node_modules/typescript node_modules/@typescript \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
  && npm sbom --omit=dev --package-lock-only --sbom-format=spdx > sbom.spdx.json

# The files of a clone that was made with a strict umask are for its owner alone, and the gateway is somebody else.
FROM node:24-slim AS sources
WORKDIR /app
COPY package.json LICENSE ./
COPY shared shared
COPY server server
RUN chmod -R a+rX .

FROM node:24-slim
# docker build --build-arg REVISION=$(git rev-parse HEAD) --build-arg SOURCE=$(git remote get-url origin) says where it comes from.
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Chaton gateway" \
  org.opencontainers.image.description="A Chaton chat server with a web gateway: native TCP clients and browsers in one room" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.source="$SOURCE" \
  org.opencontainers.image.revision="$REVISION"
WORKDIR /app
# CHATON_STOP_TIMEOUT is Docker's own default: the gateway warns of a drain that takes longer. With another --stop-timeout set it anew.
ENV NODE_ENV=production CHATON_HOST=0.0.0.0 CHATON_STOP_TIMEOUT=10s
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/sbom.spdx.json ./
COPY --from=sources /app ./
COPY --from=build /app/web/dist web/dist
# Where bans are remembered, when a volume is mounted there and CHATON_STATE_FILE names a file in it.
RUN mkdir /state && chown 1000:1000 /state
# The user node, as a number: Kubernetes' runAsNonRoot does not believe in names.
USER 1000:1000
# It runs with a read-only root, without capabilities, and needs no /tmp.
EXPOSE 7777 7778 8080
# The check finds the gateway by the flags and the variables of process 1.
HEALTHCHECK --interval=30s --timeout=10s --start-period=5s CMD ["node", "server/cli/health.cjs"]
# What follows the image's name is the program's: docker run chaton-gateway --help.
# A small young generation: at thousands of idle clients it saves a third of the memory, and costs no speed.
# Exec form: SIGTERM reaches the gateway itself.
# Without --disable-sigusr1 a SIGUSR1 would open Node's debugger.
ENTRYPOINT ["node", "--max-semi-space-size=4", "--disable-sigusr1", "server/start.cjs"]
