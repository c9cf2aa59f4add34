"""S3 by moto."""

import boto3
from moto.server import ThreadedMotoServer


class S3Server:
    """moto, with one bucket."""

    bucket = "drop"
    key = {"key_id": "AKIDEXAMPLE", "secret": "s3cret-of-the-bucket"}

    def __init__(self):
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, self.port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{self.port}"
        self._client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.key["key_id"],
            aws_secret_access_key=self.key["secret"],
        )
        self._client.create_bucket(Bucket=self.bucket)

    @property
    def options(self):
        return {"kind": "s3", "endpoint": self.endpoint, "bucket": self.bucket, "prefix": "in"}

    def files(self):
        found = self._client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {one["Key"]: self._read(one["Key"]) for one in found}

    def calm(self):
        for name in self.files():
            self._client.delete_object(Bucket=self.bucket, Key=name)

    def stop(self):
        self._server.stop()

    def _read(self, name):
        return self._client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
