# The operator's image: one bundled program with the subcommands webhook, controller, uninstall and version.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# Without install scripts: one of them would fetch a second Node.js.
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.ts

FROM node:24-slim
LABEL org.opencontainers.image.title="celery-operator" \
      org.opencontainers.image.description="Celery workers on Kubernetes: admission webhook and controller" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/celery-operator/celery-operator"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/dist /app
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
ENTRYPOINT ["node", "/app/celery-operator.js"]
