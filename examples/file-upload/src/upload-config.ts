import { Bean, Configuration, EndpointExporter } from "wirespring";
import { UploadStore } from "./upload-store.js";

const GIB = 1_073_741_824;

/** The beans of the application. `UPLOAD_LIMIT` in the environment is the largest file in bytes, 2 GiB without it. */
@Configuration()
export class UploadConfig {
  // Its return type is a promise, so it says itself what it is found by. The folder goes with the application.
  @Bean({ token: UploadStore, destroyMethod: "remove" })
  uploadStore(): Promise<UploadStore> {
    const file = Number(process.env["UPLOAD_LIMIT"] ?? 2 * GIB);
    return UploadStore.create({ file, total: 4 * file });
  }

  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}
